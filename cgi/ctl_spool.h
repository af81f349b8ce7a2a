/* SPDX-License-Identifier: ISC */
#ifndef CTL_SPOOL_H
#define CTL_SPOOL_H

#include "operator.h"

extern const char ctl_spool_usage[];

/* tocsin spool status | drain | retry-bad */
int ctl_spool(struct tool *tool, int argc, char **argv);

#endif
