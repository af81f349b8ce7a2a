#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Nagios and Monit as Debian has them run curl as the dialect nagios says:
# an alert is opened, acknowledged (by Nagios) and resolved, with the database
# there and away.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../../lib";
use Files qw(save slurp $BUILD);
use Psql qw(integration sql);
use POSIX ();
use Test::More;
use World qw(await has_program need);

need(qw(monit curl));

my $world = World->new;
my %int = map { $_ => integration(token => $World::TOKEN) } qw(nagios monit);
$world->start_front('lighttpd-spawn');
my $dir = "$world->{dir}/senders";
mkdir $dir or die "$dir: $!\n";
chmod 0777, $dir or die "$dir: $!\n";
my $state = "$dir/state"; # there while all is well

# The command line of curl with the fields of a form.
sub curl
{
    my ($name, @fields) = @_;
    return join ' ', qw(curl -fsS -m 10 --retry 3),
        "-H 'pagertree-token: $World::TOKEN'",
        "$world->{front}{url}integration/$int{$name}/nagios",
        map { "--data-urlencode '$_'" } @fields;
}

sub start
{
    my ($name, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        setpgrp;
        open STDERR, '>', "$dir/$name.out" or die;
        open STDOUT, '>&', \*STDERR or die;
        { exec @command }
        POSIX::_exit(127);
    }
    $world->adopt($pid);
}

sub stands
{
    my ($name, $status, $fact) = @_;
    my $got = '';
    await(30, sub {
        $got = sql('select coalesce(string_agg(status::text, chr(32)'
                . ' order by created_at), chr(32))'
                . " from tocsin_internal.alert where integration_id = :'id'",
            id => $int{$name});
        chomp $got;
        return $got eq $status;
    });
    is($got, $status, "$name: $fact")
        || diag(map { -e $_ ? slurp($_) : () } glob "$dir/*.out $dir/*.log");
}

sub start_monit
{
    for my $kind (qw(PROBLEM RECOVERY)) {
        save("$dir/$kind.sh", "#!/bin/sh\n" . curl(
            'monit', "type=$kind", 'host=$MONIT_HOST',
            'service=$MONIT_SERVICE', 'state=CRITICAL',
            'output=$MONIT_DESCRIPTION') =~ s/'((?:\w+)=\$\w+)'/"$1"/gr
            . "\n");
        chmod 0755, "$dir/$kind.sh";
    }
    save("$dir/monitrc", <<"END");
set daemon 1
set idfile $dir/id
set statefile $dir/monit.state
check file state with path $state
  if does not exist then exec "$dir/PROBLEM.sh"
    else if succeeded then exec "$dir/RECOVERY.sh"
END
    chmod 0700, "$dir/monitrc";
    start('monit', 'monit', '-I', '-c', "$dir/monitrc", '-p', "$dir/pid");
}

# Nagios' package would bring a mail server along; its program alone will do.
sub nagios
{
    my $dir = "$BUILD/senders";
    my $program = has_program('nagios4') // "$dir/nagios/usr/sbin/nagios4";
    system("mkdir -p '$dir' && cd '$dir' && rm -f nagios4-core_*"
            . ' && apt-get -qq download nagios4-core >/dev/null 2>&1'
            . ' && dpkg -x nagios4-core_*.deb nagios')
        if !-x $program;
    return -x $program ? $program : undef;
}

sub start_nagios
{
    my ($program) = @_;
    my $line = curl('nagios', 'type=$NOTIFICATIONTYPE$', 'host=$HOSTNAME$',
        'service=$SERVICEDESC$', 'state=$SERVICESTATE$',
        'output=$SERVICEOUTPUT$', 'author=$NOTIFICATIONAUTHOR$',
        'comment=$NOTIFICATIONCOMMENT$');
    save("$dir/check.sh",
        "#!/bin/sh\ntest -e $state || { echo '5xx & more'; exit 2; }\n");
    chmod 0755, "$dir/check.sh";
    save("$dir/objects.cfg", <<"END");
define command {
  command_name test
  command_line $dir/check.sh
}
define command {
  command_name tell
  command_line $line
}
define timeperiod {
  timeperiod_name always
  alias always
@{[map { "  $_ 00:00-24:00\n" } qw(sunday monday tuesday wednesday thursday
    friday saturday)]}}
define contact {
  contact_name tocsin
  host_notifications_enabled 0
  host_notification_period always
  service_notification_period always
  host_notification_options n
  service_notification_options w,u,c,r
  host_notification_commands tell
  service_notification_commands tell
}
define host {
  host_name web1
  address 127.0.0.1
  max_check_attempts 1
  check_period always
  contacts tocsin
  notification_interval 0
  notification_period always
}
define service {
  host_name web1
  service_description HTTP
  check_command test
  max_check_attempts 1
  check_interval 1
  retry_interval 1
  check_period always
  contacts tocsin
  notification_interval 0
  notification_period always
}
END
    mkdir "$dir/$_" for qw(results tmp);
    my $user = getpwuid $>;
    save("$dir/nagios.cfg", <<"END");
log_file=$dir/nagios.log
cfg_file=$dir/objects.cfg
object_cache_file=$dir/objects.cache
precached_object_file=$dir/objects.pre
status_file=$dir/status
state_retention_file=$dir/retention
temp_file=$dir/tmp/nagios
temp_path=$dir/tmp
check_result_path=$dir/results
command_file=$dir/command
lock_file=$dir/lock
query_socket=$dir/query
nagios_user=$user
nagios_group=$user
interval_length=1
check_external_commands=1
enable_notifications=1
execute_service_checks=1
use_syslog=0
allow_empty_hostgroup_assignment=1
illegal_macro_output_chars=`~\$&|'"<>
END
    start('nagios', $program, "$dir/nagios.cfg");
}

sub acknowledge
{
    await(20, sub { -p "$dir/command" }) // return;
    open my $pipe, '>', "$dir/command" or die "$dir/command: $!\n";
    print $pipe '[' . time . "] ACKNOWLEDGE_SVC_PROBLEM;web1;HTTP;1;1;0;"
        . "ann;seen it\n";
    close $pipe;
}

my $nagios = nagios();
my @names = ('monit', defined $nagios ? 'nagios' : ());
diag('without nagios4') if @names < 2;
save($state, '');
start_monit();
start_nagios($nagios) if @names > 1;
sleep 4;
unlink $state;
stands($_, 'open', 'an alert is opened') for @names;
if (@names > 1) {
    is(
        sql('select title, description, urgency from tocsin_internal.alert'
                . " where integration_id = :'id'", id => $int{nagios}),
        'HTTP on web1 is CRITICAL|5xx  more|critical',
        'it says what is wrong');
    acknowledge();
    stands('nagios', 'acknowledged', 'it is acknowledged');
}
save($state, '');
stands($_, 'resolved', 'and resolved') for @names;

$world->stop_postgres;
unlink $state;
ok(defined await(30, sub { $world->spooled >= @names }),
    'while the database is away, they are spooled');
save($state, '');
ok(defined await(30, sub { $world->spooled >= 2 * @names }),
    'and so are their ends');
$world->start_postgres;
stands($_, 'resolved resolved', 'then all is stored, in order') for @names;
is($world->end, 0, 'no process is left');

done_testing;
