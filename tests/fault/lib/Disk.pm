# SPDX-License-Identifier: ISC
package Disk;

# A disk of a world's own, whose power can be cut: ext4 on a loop device.
#
#   my $disk = Disk->new($world, $place, @options)
#                       made with these options of mkfs.ext4 and mounted on
#                       the directory; undef where that cannot be had
#   cut_power           what was not flushed is lost; true if it went well
#   start_again         mount it as after a power failure; true if it is back
#
# Nothing may have a file open on it when it starts again, nor may it be
# mounted in another namespace: see lib/Apart.pm.

use strict;
use warnings;

use World ();

my $SIZE = '512M';
my $EXT4_IOC_SHUTDOWN = 0x8004_587d;
my $NOLOGFLUSH = 2;
my $serial = 0;

sub new
{
    my ($class, $world, $place, @options) = @_;
    my $image = "$world->{dir}/image." . ++$serial;
    my $self = bless { place => $place, image => $image }, $class;

    system("truncate -s $SIZE $image && mkfs.ext4 -q @options $image") == 0
        or die "could not make a disk\n";
    $world->at_end(sub {
        system "umount $place 2>/dev/null || umount -l $place 2>/dev/null";
    });
    return $self->attach ? $self : undef;
}

sub attach
{
    my ($self) = @_;
    return !system "mount -o loop $self->{image} $self->{place} 2>/dev/null";
}

sub detach
{
    my ($self) = @_;
    return World::await(20, sub {
        return !system "umount $self->{place} 2>/dev/null";
    });
}

sub start_again
{
    my ($self) = @_;
    return $self->detach && $self->attach;
}

# The journal is not flushed either.
sub cut_power
{
    my ($self) = @_;
    my $flag = pack 'I', $NOLOGFLUSH;

    open my $root, '<', $self->{place}
        or die "could not open $self->{place}: $!\n";
    my $done = ioctl $root, $EXT4_IOC_SHUTDOWN, $flag;
    close $root;
    return $done;
}

1;
