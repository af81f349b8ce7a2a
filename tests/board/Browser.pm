# SPDX-License-Identifier: ISC
package Browser;

# Chromium without a window, spoken to over its debugging pipe: messages of
# JSON with a NUL behind each (the Chrome DevTools Protocol).

use strict;
use warnings;

use Fcntl qw(F_DUPFD);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Select;
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use POSIX qw(dup2);

my $JSON = JSON::PP->new->utf8->allow_nonref;

# Where it is, or undef.
sub program
{
    for my $name (qw(chromium chromium-browser google-chrome)) {
        for my $dir (split /:/, $ENV{PATH}) {
            return "$dir/$name" if -x "$dir/$name";
        }
    }
    return undef;
}

sub new
{
    my ($class) = @_;
    my $self = bless { id => 0, text => '', events => [] }, $class;
    $self->{profile} = tempdir('tocsin.XXXXXX', DIR => '/tmp');
    $self->{owner} = $$;
    pipe my $in, $self->{to} or die "no pipe: $!\n";
    pipe $self->{from}, my $out or die "no pipe: $!\n";
    $self->{pid} = fork // die "could not fork: $!\n";
    if (!$self->{pid}) {
        $self->become($in, $out);
    }
    close $in;
    close $out;
    $self->{to}->autoflush;
    my $target = $self->call('Target.createTarget', url => 'about:blank');
    my $session = $self->call('Target.attachToTarget',
        targetId => $target->{targetId}, flatten => JSON::PP::true);
    $self->{session} = $session->{sessionId};
    $self->call("$_.enable") for qw(Page Runtime Log Network);
    return $self;
}

# In the child: it reads from descriptor 3 and writes to descriptor 4.
sub become
{
    my ($self, $in, $out) = @_;

    # Out of the way of 3 and 4 first.
    my ($from, $to) = map { fcntl $_, F_DUPFD, 20 } $in, $out;
    dup2($from, 3);
    dup2($to, 4);
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null' unless $ENV{BROWSER_STDERR};
    $ENV{HOME} = $self->{profile};
    exec program(), qw(--headless --no-sandbox --disable-gpu --disable-quic
        --no-first-run --disable-background-networking --disable-breakpad
        --disable-component-update --disable-sync --disable-extensions
        --disable-dev-shm-usage --remote-debugging-pipe),
        "--user-data-dir=$self->{profile}", 'about:blank'
        or POSIX::_exit(127);
}

sub call
{
    my ($self, $method, %params) = @_;
    my %message = (id => ++$self->{id}, method => $method);

    $message{params} = \%params if %params;
    $message{sessionId} = $self->{session} if $self->{session};
    print { $self->{to} } $JSON->encode(\%message), "\0";
    while (my $got = $self->receive) {
        if (!defined $got->{id}) {
            push @{ $self->{events} }, $got;
            next;
        }
        next if $got->{id} != $message{id};
        die "$method: $got->{error}{message}\n" if $got->{error};
        return $got->{result};
    }
    die "$method: the browser is gone\n";
}

# The next message, or undef when none comes within 30 seconds.
sub receive
{
    my ($self) = @_;
    my $select = IO::Select->new($self->{from});

    while ($self->{text} !~ /\0/) {
        return undef unless $select->can_read(30);
        sysread $self->{from}, $self->{text}, 1 << 16,
            length $self->{text}
            or return undef;
    }
    $self->{text} =~ s/^([^\0]*)\0//;
    return $JSON->decode($1);
}

# Go to a page and wait until all of it is there.
sub go
{
    my ($self, $url) = @_;
    $self->{events} = [];
    $self->call('Page.navigate', url => $url);
    $self->await('Page.loadEventFired');
}

# Wait for an event, one that has come meanwhile included.
sub await
{
    my ($self, $name) = @_;
    my @found;

    until (@found = grep { $_->{method} eq $name } @{ $self->{events} }) {
        my $got = $self->receive or die "no $name came\n";
        push @{ $self->{events} }, $got;
    }
    return $found[0];
}

# Names of the events that came since the last go(), by a pattern.
sub seen
{
    my ($self, $pattern) = @_;
    $self->value('1');
    return grep { $_->{method} =~ $pattern } @{ $self->{events} };
}

# What a piece of JavaScript comes to, in the page.
sub value
{
    my ($self, $script) = @_;
    my $got = $self->call(
        'Runtime.evaluate',
        expression => $script,
        awaitPromise => JSON::PP::true,
        returnByValue => JSON::PP::true);
    die "$script: $got->{exceptionDetails}{exception}{description}\n"
        if $got->{exceptionDetails};
    return $got->{result}{value};
}

# Look at pages with this width, in light or dark.
sub look
{
    my ($self, $width, $scheme) = @_;
    $self->call(
        'Emulation.setDeviceMetricsOverride',
        width => $width,
        height => 900,
        deviceScaleFactor => 1,
        mobile => $width < 600 ? JSON::PP::true : JSON::PP::false);
    $self->call(
        'Emulation.setEmulatedMedia',
        features => [
            { name => 'prefers-color-scheme', value => $scheme } ]);
}

# Send a header with every request.
sub send_header
{
    my ($self, %headers) = @_;
    $self->call('Network.setExtraHTTPHeaders', headers => \%headers);
}

# A picture of the whole page, as PNG, into a file.
sub picture
{
    my ($self, $path) = @_;
    my $got = $self->call('Page.captureScreenshot',
        captureBeyondViewport => JSON::PP::true);
    open my $f, '>:raw', $path or die "$path: $!\n";
    print $f decode_base64($got->{data});
    close $f;
}

sub DESTROY
{
    my ($self) = @_;
    return unless $self->{pid} && $self->{owner} == $$;
    local ($@, $?);
    local $SIG{PIPE} = 'IGNORE';
    delete $self->{session};
    eval { $self->call('Browser.close') };
    close $self->{to};
    close $self->{from};
    for (1 .. 50) {
        last if waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
        kill 'KILL', $self->{pid} if $_ == 50;
        select undef, undef, undef, 0.1;
    }
    remove_tree($self->{profile});
}

1;
