# SPDX-License-Identifier: ISC
package Bench::Before;

# Another revision of this repository, built, to be measured beside this one:
# its programs, its schema and the files that it ships.

use strict;
use warnings;

use FindBin ();

my $REPOSITORY = "$FindBin::Bin/../..";

# Build $revision in $dir, which must not exist.
sub new
{
    my ($class, $revision, $dir) = @_;
    my ($commit) = run_quietly('git', '-C', $REPOSITORY, 'rev-parse',
        '--verify', '--quiet', "$revision^{commit}");

    die "BEFORE=$revision is no commit of this repository\n" unless $commit;
    mkdir $dir or die "could not make $dir: $!\n";
    system("git -C '$REPOSITORY' archive $commit | tar -x -C '$dir'") == 0
        or die "could not extract $commit\n";
    system("make -C '$dir' -j2 all >'$dir/make.log' 2>&1") == 0
        or die "could not build $commit:\n", run_quietly('tail', '-n', '20',
            "$dir/make.log"), "\n";
    # Older revisions build programs beside their sources.
    my ($program) = grep { -x } map { "$dir/$_/tocsin.fcgi" } qw(build cgi)
        or die "$commit builds no tocsin.fcgi\n";
    return bless { commit => $commit, root => $dir, program => $program },
        $class;
}

sub run_quietly
{
    my (@command) = @_;
    open my $f, '-|', @command or die "could not run $command[0]: $!\n";
    chomp(my @lines = <$f>);
    close $f;
    return wantarray ? join("\n", @lines) : $lines[0];
}

# For World::Front: its files, and tocsin.cgi only where it has one.
sub front_options
{
    my ($self) = @_;
    my $has_thin = -x $self->{program} =~ s/fcgi$/cgi/r;
    return (root => $self->{root}, $has_thin ? () : (thin => 0));
}

# Install its schema into an empty database.  The roles exist, and keep the
# settings that this revision gave them.
sub install
{
    my ($self, $database) = @_;

    $database->query(
        "grant connect, create on database $database->{name} to tocsin_owner");
    $database->run_file("$self->{root}/sql/install.sql");
}

1;
