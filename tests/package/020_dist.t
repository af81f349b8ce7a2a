#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The tarball of a release is equal to git; its checksums hold, and the
# signature is that of the key.
use strict;
use warnings;

use FindBin;
use Test::More;

use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Files qw(slurp save);
use Package qw($ROOT $DIR $VERSION revision);

my $revision = revision() // plan skip_all => 'not a clone of git';
my $git = "git -C '$ROOT' -c safe.directory='$ROOT'";

delete @ENV{ grep { /^(?:MAKE|MFLAGS)/ } keys %ENV };
@ENV{qw(O REVISION VERSION)} = ($DIR, $revision, $VERSION);
sub dist
{
    my ($key) = @_;
    local $ENV{KEY} = $key;
    return system("$ROOT/cgi/package/dist >$DIR/said 2>&1") == 0
        || diag(slurp("$DIR/said"));
}

is(dist(''), 1, 'dist ends well');
my $tar = "$DIR/dist/tocsin-$VERSION.tar.gz";
my $bits = slurp($tar);
ok(!-e "$DIR/dist/SHA256SUMS.sig", 'without a key nothing is signed');

# Modes, hashes and names, as git lists them.
my $tree = "$DIR/tree";
mkdir $tree or die "$tree: $!\n";
is(system('tar', '-xzf', $tar, '-C', $tree), 0, 'the tarball unpacks');
$tree .= "/tocsin-$VERSION";
my @git = map { s/^(\d+) blob (\w+)\t/$1 $2 /r }
    split /\n/, qx($git ls-tree -r $revision);
my @paths = split /\n/, qx(cd $tree && find . ! -type d -printf '%P\n' | sort);
save("$DIR/paths", map { "$_\n" } @paths);
my @hashes = split /\n/,
    qx(cd $tree && git hash-object --no-filters --stdin-paths <$DIR/paths);
my %hash;
@hash{@paths} = @hashes;
is_deeply(
    [ map { (-x "$tree/$_" ? '100755' : '100644') . " $hash{$_} $_" } @paths ],
    [ sort { ($a =~ s/^\S+ \S+ //r) cmp($b =~ s/^\S+ \S+ //r) } @git ],
    'its files, modes and bytes are those of git');

is(system(qw(ssh-keygen -q -t ed25519 -N), '', '-C', '', '-f', "$DIR/key"),
    0, 'a key');
save("$DIR/signers", 'release ' . slurp("$DIR/key.pub"));
is(dist("$DIR/key"), 1, 'dist with it ends well');
ok(slurp($tar) eq $bits, 'the tarball has the same bits again');
is(system("cd $DIR/dist && sha256sum --quiet -c SHA256SUMS"),
    0, 'the checksums hold');
like(slurp("$DIR/dist/SHA256SUMS"), qr/^\w{64}  tocsin-\Q$VERSION\E\.tar\.gz$/m,
    'that of the tarball among them');
my $verify = "cd $DIR/dist && ssh-keygen -Y verify -f $DIR/signers -I release"
    . ' -n file -s SHA256SUMS.sig >/dev/null 2>&1';
is(system("$verify <SHA256SUMS"), 0, 'the signature is that of the key');
isnt(system("$verify <$DIR/said"), 0, 'and of this file only');

done_testing();
