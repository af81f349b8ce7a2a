# SPDX-License-Identifier: ISC
package Files;

# Files that a test reads, writes, builds or fetches.
#
#   slurp($path)            the bytes of a file; dies without it
#   peek($path)             the same; undef without it
#   save($path, @text)      write one that all may read
#   preload($source, $dir)  a library of C for LD_PRELOAD, built in DIR
#   copy_checkout($dir)     this checkout, and what make has compiled in it
#   npm($name, $package, @files)
#                           fetch what package.json asks for into build/NAME,
#                           unless it is there; which of FILES, that are to
#                           be in node_modules then, are missing

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Compare qw(compare);
use File::Copy qw(copy);
use File::Path qw(make_path);

our @EXPORT_OK = qw(slurp peek save preload copy_checkout npm $BUILD);
our $BUILD = abs_path(dirname(__FILE__) . '/../..') . '/build';

sub slurp
{
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar(<$file>) // '';
}

sub peek
{
    my ($path) = @_;
    return -e $path ? eval { slurp($path) } : undef;
}

sub save
{
    my ($path, @text) = @_;
    open my $f, '>', $path or die "could not write $path: $!\n";
    print $f @text;
    close $f or die "could not write $path: $!\n";
    chmod 0644, $path;
}

# The responder may run as another user, who has to read it.
sub preload
{
    my ($source, $dir) = @_;
    my $library = "$dir/" . basename($source, '.c') . '.so';

    system(qw(cc -O2 -shared -fPIC -o), $library, $source) == 0
        or die "could not compile $source\n";
    chmod 0755, $library;
    return $library;
}

# Of build/, the folders that cgi/ has, too: others are builds of other kinds.
sub copy_checkout
{
    my ($dir) = @_;
    my $root = dirname($BUILD);
    my @without = map { "--exclude=./$_" } '.git', 'var',
        map { 'build/' . basename($_) }
        grep { -d && !-d "$root/cgi/" . basename($_) } glob "$BUILD/*";

    system("tar -C '$root' -c @without --exclude=node_modules . |"
            . " tar -x -C '$dir'") == 0
        or die "could not copy the checkout\n";
}

sub npm
{
    my ($name, $package, @files) = @_;
    my $dir = "$BUILD/$name";
    my $missing = sub { grep { !-e "$dir/node_modules/$_" } @files };

    make_path($dir);
    if (compare("$dir/package.json", $package) != 0 || $missing->()) {
        copy($package, "$dir/package.json");
        system("cd '$dir' && npm install --silent --no-audit --no-fund"
                . ' --no-package-lock --ignore-scripts >npm.log 2>&1') == 0
            or unlink "$dir/package.json";
    }
    return $missing->();
}

1;
