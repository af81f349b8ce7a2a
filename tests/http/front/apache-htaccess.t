#!/usr/bin/perl
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../../lib";
use Tocsin::Suite;

Tocsin::Suite::run('apache-htaccess');
