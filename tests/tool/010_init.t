#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin init installs the schema wherever libpq can go, in one role or in
# three, and nobody sees the password.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;

# On TCP passwords are asked for.
BEGIN { $ENV{POSTGRES_TCP} //= 'yes' }
use World postgres => 'empty';
use Run;

my $tcp = "host=127.0.0.1 port=$ENV{POSTGRES_TCP_PORT}";
my $owner = "select pg_get_userbyid(nspowner) from pg_namespace"
    . " where nspname = 'tocsin_internal'";

# A psql that writes down what everybody can see of it, and its environment.
mkdir "$DIR/bin";
write_file('bin/psql', <<"END", 0700);
#!/bin/sh
tr '\\0' '\\n' <"/proc/\$\$/cmdline" >"$DIR/psql.seen"
env >"$DIR/psql.env"
PATH=\${PATH#*:}
exec psql "\$@"
END
my %spy = (env => { PATH => "$DIR/bin:$ENV{PATH}" });

sub slurp
{
    my ($name) = @_;
    open my $file, '<', "$DIR/$name" or return '';
    local $/;
    return scalar <$file>;
}

# The superuser, and no roles.
refuses(tocsin('integration', 'list'), 5, qr/no tocsin schema.* tocsin init$/,
    'without a schema there is nothing to list');
says(tocsin('init'), qr/^installed schema version $SCHEMA$/,
    'init installs the schema');
is(sql($owner), 'postgres', 'without roles it belongs to who installed it');
is(sql("select count(*) from pg_roles where rolname like 'tocsin%'"), '0',
    'no role is made unless asked for');
says(tocsin('init'), qr/^schema version $SCHEMA is in place$/,
    'init again changes nothing');
says(tocsin('integration', 'list'), qr/^ID /, 'now there is a list');

# One plain role, by password.
my $secret = q{it's "a" \ p@ss&w=rd};
sql(q{create role alone login password :'p'}, p => $secret);
sql(qq{create database "$_" owner alone}) for qw(alone other wrong);
(my $quoted = $secret) =~ s/([\\'])/\\$1/g;
my $conninfo = "$tcp user=alone password='$quoted' dbname=alone";
says(tocsin(\%spy, '-d', $conninfo, 'init'),
    qr/^installed schema version $SCHEMA$/,
    'one plain role that owns the database is enough');
is(sql($owner, dbname => 'alone'), 'alone', 'that role owns it all');
unlike(slurp('psql.seen'), qr/ss&w|alone/,
    'neither password nor role stand on the command line of psql');
like(slurp('psql.env'), qr/^PGPASSWORD=\Q$secret\E$/m,
    'the password reaches psql through the environment');
says(tocsin('-d', $conninfo, 'check'), qr/^ok +privilege .*alone/m,
    'in an installation of one role check finds all well');
says(tocsin('-d', $conninfo, 'integration', 'add', 'a', '--token'),
    qr/^token /m, 'in an installation of one role integrations are made');
refuses(tocsin('-d', "$tcp user=alone password=no dbname=alone", 'init'), 4,
    qr/password authentication failed/, 'a wrong password is told as such');

# A schema that is soon installed, for where only the place matters.
mkdir "$DIR/small";
write_file('small/install.sql', <<"END");
create schema if not exists tocsin_internal;
create schema if not exists tocsin_api;
create or replace function tocsin_api.schema_version() returns integer
language sql as 'select $SCHEMA';
END
my @small = ('init', '--sql', "$DIR/small");

# However the connection is described.
(my $escaped = $secret) =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
says(
    tocsin(
        '-d',
        "postgresql://alone:$escaped\@127.0.0.1:$ENV{POSTGRES_TCP_PORT}/other",
        @small),
    qr/^installed/, 'a URI leads psql to the same place');
is(sql($owner, dbname => 'other'), 'alone', 'it was that place');
sql('create database plain');
says(tocsin('-d', 'plain', @small), qr/^installed/,
    'the bare name of a database does as well');
is(sql($owner, dbname => 'plain'), 'postgres', 'it was that database');
my $services = write_file('services', <<"END");
[alarm]
host=127.0.0.1
port=$ENV{POSTGRES_TCP_PORT}
user=alone
password=$secret
dbname=wrong
END
sql('create database chosen owner alone');
says(
    tocsin(
        { env => { PGSERVICEFILE => $services } },
        '-d', 'service=alarm dbname=chosen', @small),
    qr/^installed/, 'a service leads psql to the same place');
is(sql($owner, dbname => 'chosen'), 'alone',
    'what is given beside a service goes before it');
is(sql($owner, dbname => 'wrong'), '',
    'the database of the service is as it was');
my $conf = write_file('init.conf',
    'database = ' . $conninfo =~ s/dbname=\w+/dbname=other/r . "\n");
says(tocsin('-c', $conf, @small), qr/^schema version $SCHEMA is in place$/,
    'the configuration says which database');

# Three roles.
sql('create database roles');
says(tocsin('-d', 'dbname=roles', 'init', '--roles'), qr/^installed/,
    'init --roles installs');
is(sql($owner, dbname => 'roles'), 'tocsin_owner',
    'with roles the schema belongs to tocsin_owner');
says(tocsin('-d', 'dbname=roles user=tocsin_web', 'check'),
    qr/^ok +privilege .*tocsin_web/m, 'the role of the responder is ready');
says(tocsin('-d', 'dbname=roles', 'init', '--roles'),
    qr/^schema version $SCHEMA is in place$/, 'init --roles may be run again');

# What cannot be.
sql('create role nobody login');
sql('create database theirs');
my $run = tocsin('-d', 'dbname=theirs user=nobody', 'init');
refuses($run, 1, qr/may not create schemas.*GRANT CREATE/s,
    'who may not create is told which right is missing');
refuses(tocsin('-d', 'dbname=theirs user=nobody', 'init', '--roles'), 1,
    qr/Run this as a superuser; or do without/,
    'who may not create roles is told what to do');
is(sql($owner, dbname => 'theirs'), '', 'a failed init leaves nothing behind');
refuses(tocsin('-d', "dbname=alone user=nobody", 'init'), 1,
    qr/belongs to role alone/, 'who does not own the schema is told who does');
refuses(tocsin({ env => { PATH => "$DIR/none" } }, 'init'), 1,
    qr/psql.*postgresql-client/, 'without psql its package is named');
refuses(tocsin('init', '--sql', "$DIR/none"), 1,
    qr{\Q$DIR\E/none/install\.sql.*--sql}, 'SQL files that are not there');
refuses(tocsin('-d', 'host=/nonexistent', 'init'), 4, qr{/nonexistent},
    'without a server init names the socket');
sql(q{insert into tocsin_internal.migration values (99, 'later')});
refuses(tocsin('init'), 5,
    qr/version 99.*version $SCHEMA.*install a newer tocsin/,
    'a newer schema is left alone');
sql('delete from tocsin_internal.migration where version = 99');
refuses(tocsin('init', 'now'), 2, qr/takes no arguments/,
    'init takes no arguments');
refuses(tocsin('init', '--rolls'), 2, qr/unrecognized option/,
    'an option that does not exist is told');

# Somebody who may make schemas takes the name first: what is in there would
# run with the rights of a superuser who calls it.
sql('create database trap');
sql('create role trapper login; grant create on database trap to trapper');
sql(<<'END', dbname => 'trap');
set session authorization trapper;
create schema tocsin_api;
grant usage on schema tocsin_api to public;
create function tocsin_api.schema_version() returns integer
language plpgsql as $$ begin
    alter role trapper superuser;
    return 1;
end $$;
create function tocsin_api.integration_list() returns setof integer
language sql as 'select tocsin_api.schema_version()';
END
for my $command ([ 'init' ], [ 'integration', 'list' ]) {
    refuses(tocsin('-d', 'trap', @$command), 4,
        qr/tocsin_api belongs to role trapper.*: connect as that role/,
        "a superuser's @$command calls nothing of a stranger's");
}
is(sql("select rolsuper from pg_roles where rolname = 'trapper'"), 'f',
    'who is none the stronger for it');

# A killed psql leaves what was there.
sql('create database killed');
write_file('bin/psql', "#!/bin/sh\nkill -KILL \$\$\n", 0700);
refuses(tocsin(\%spy, '-d', 'killed', 'init'), 1,
    qr/psql was killed by signal 9/, 'a killed psql is told');
write_file('bin/psql', "#!/bin/sh\nexit 2\n", 0700);
refuses(tocsin(\%spy, '-d', 'killed', 'init'), 4, qr/connection was lost/,
    'a lost connection is told');
write_file('bin/psql', "#!/bin/sh\nexit 0\n", 0700);
refuses(tocsin(\%spy, '-d', 'killed', 'init'), 5, qr/no tocsin schema/,
    'a psql that did nothing is not believed');

done_testing();
