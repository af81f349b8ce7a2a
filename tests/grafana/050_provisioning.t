#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What Grafana is provisioned with fits the dashboard, the role of sql/roles
# and the place where make install puts the files; and it holds no password.
use strict;
use warnings;

use CPAN::Meta::YAML;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'any', qw($ROOT);
use Run;
use Dashboard;

my %file = map { $_ => "$DASHBOARDS/provisioning/$_/tocsin.yaml" }
    qw(datasources dashboards);

# What is wrong with a data source.
sub faults
{
    my ($text) = @_;
    my $yaml = eval { CPAN::Meta::YAML->read_string($text) };
    return 'no YAML'
        unless $yaml && @$yaml == 1 && ref $yaml->[0]{datasources};
    my ($top) = @$yaml;
    my ($source, @others) = @{ $top->{datasources} // [] };
    return 'not one data source' if !$source || @others;
    my $json = $source->{jsonData} // {};
    my ($variable) = grep { $_->{type} eq 'datasource' } variables(load());
    my $limit = sql("select rolconnlimit from pg_roles
        where rolname = '$source->{user}'");
    my ($major) = sql('show server_version_num') =~ /^(\d\d)/;
    my @found;

    push @found, 'apiVersion' if ($top->{apiVersion} // '') ne '1';
    push @found, 'type' if ($source->{type} // '') ne $variable->{query};
    push @found, 'name'
        if ($source->{name} // '') ne $variable->{current}{text};
    push @found, 'uid'
        if ($source->{uid} // '') ne $variable->{current}{value};
    push @found, 'access' if ($source->{access} // '') ne 'proxy';
    push @found, 'url' if ($source->{url} // '') !~ /^[\w.-]+:\d+$/;
    push @found, 'user' unless $limit;
    push @found, 'maxOpenConns'
        unless ($json->{maxOpenConns} || 1e9) <= ($limit || 0) / 2;
    push @found, 'maxIdleConns'
        unless ($json->{maxIdleConns} // 1e9) < ($json->{maxOpenConns} // 0);
    push @found, 'sslmode' if ($json->{sslmode} // '') !~
        /^(require|verify-ca|verify-full)$/;
    push @found, 'database' if ($json->{database} // '') !~ /^\w+$/;
    push @found, 'postgresVersion'
        if ($json->{postgresVersion} // '') !~ /^\d+00$/
        || $json->{postgresVersion} > $major * 100;
    push @found, 'password' if ($source->{secureJsonData}{password} // '') !~
        /^\$[A-Z_]+$/;
    push @found, 'another password'
        if exists $source->{password} || exists $json->{password};
    push @found, 'editable' if ($source->{editable} // '') ne 'false';
    return @found;
}

my $source = slurp($file{datasources});
is_deeply([ faults($source) ], [], 'the data source is as it should be');
for (
    [ 'no YAML', qr/^datasources:/m, 'datasources: {' ],
    [ 'not one data source', qr/\z/, "  - name: Another\n" ],
    [ 'apiVersion', qr/apiVersion: 1/, 'apiVersion: 2' ],
    [ 'type', qr/type: \S+/, 'type: mysql' ],
    [ 'name', qr/name: Tocsin/, 'name: Other' ],
    [ 'uid', qr/uid: tocsin/, 'uid: other' ],
    [ 'access', qr/access: proxy/, 'access: direct' ],
    [ 'url', qr/url: \S+/, 'url: http://localhost' ],
    [ 'user', qr/user: \S+/, 'user: postgres_reader' ],
    [ 'maxOpenConns', qr/maxOpenConns: \d+/, 'maxOpenConns: 100' ],
    [ 'maxOpenConns', qr/ +maxOpenConns: \d+\n/, '' ],
    [ 'maxIdleConns', qr/maxIdleConns: \d+/, 'maxIdleConns: 100' ],
    [ 'sslmode', qr/sslmode: \S+/, 'sslmode: disable' ],
    [ 'database', qr/database: \S+/, 'database:' ],
    [ 'postgresVersion', qr/postgresVersion: \d+/, 'postgresVersion: 99000' ],
    [ 'password', qr/\$TOCSIN_READER_PASSWORD/, 'secret' ],
    [ 'another password', qr/(?= +user:)/, "    password: x\n" ],
    [ 'editable', qr/editable: false/, 'editable: true' ],
) {
    my ($name, $from, $to) = @$_;
    my $text = $source;
    # In the text itself, not in what its comments say.
    $text =~ s/^ *#.*\n//mg;
    $text =~ s/$from/$to/ or die "no $from\n";
    ok((grep { $_ eq $name } faults($text)), "would be noticed: $name");
}
like($source, qr/^# .*TOCSIN_READER_PASSWORD/m,
    'it says where the password comes from');

# The files are where make install puts them; what it puts there is told by
# itself.
my $install = finish(start({ program => 'make' }, '-n', '-C', $ROOT,
        'install', "DESTDIR=$DIR/root"));
my ($place) = $install->{out} =~ m{to=(\S+?)/\$d };
is($install->{status}, 0, 'make says where it installs') or
    diag($install->{err});
my $yaml = CPAN::Meta::YAML->read_string(slurp($file{dashboards}));
my ($provider, @others) = @{ $yaml->[0]{providers} };
is(scalar @others, 0, 'there is one provider');
is($yaml->[0]{apiVersion}, 1, 'of the first version');
is($provider->{type}, 'file', 'it is of files');
is("$DIR/root$provider->{options}{path}",
    ($place // 'nowhere') . '/sql/dashboard/grafana',
    'it looks where make install puts the dashboard');
is($provider->{allowUiUpdates}, 'false',
    'what is changed in the browser does not hide what an upgrade brings');
cmp_ok($provider->{updateIntervalSeconds}, '>=', 10,
    'it does not look too often');

# Whatever ends in json there is taken for a dashboard.
my @json = map { s{^\Q$DASHBOARDS\E/}{}r } split /\n/,
    finish(start({ program => 'find' }, $DASHBOARDS, '-name', '*.json'))
    ->{out};
is_deeply(\@json, ['tocsin.json'], 'there is nothing else to be loaded');

done_testing;
