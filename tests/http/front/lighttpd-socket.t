#!/usr/bin/perl
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../../lib";
use World::Suite;

World::Suite::run('lighttpd-socket');
