/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SPOOL_H
#define TOOL_SPOOL_H

#include "tool/session.h"

extern const char ctl_spool_usage[];

/* tocsin spool status | drain | retry-bad */
int ctl_spool(struct tool *tool, int argc, char **argv);

#endif
