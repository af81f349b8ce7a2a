#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The board is the same behind Apache, below a path that is not its own.
use strict;
use warnings;

use FindBin;

$ENV{WORLD_FRONT} = 'apache-fcgid';
$ENV{WORLD_BASE} = '/alerts/';
exec $^X, "$FindBin::Bin/020_board.t" or die "could not run: $!\n";
