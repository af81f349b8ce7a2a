/* SPDX-License-Identifier: ISC */
#ifndef CTL_INIT_H
#define CTL_INIT_H

#include "operator.h"

extern const char ctl_init_usage[];

/* tocsin init: install or upgrade the schema.  Returns the exit status. */
int ctl_init(struct tool *tool, int argc, char **argv);

#endif
