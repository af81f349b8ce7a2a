#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The buttons are the same behind Apache, below a path that is not its own.
use strict;
use warnings;

use FindBin;

$ENV{WORLD_FRONT} = 'apache-proxy';
$ENV{WORLD_BASE} = '/alerts/';
exec $^X, "$FindBin::Bin/030_actions.t" or die "could not run: $!\n";
