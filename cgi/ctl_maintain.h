/* SPDX-License-Identifier: ISC */
#ifndef CTL_MAINTAIN_H
#define CTL_MAINTAIN_H

#include "operator.h"

extern const char ctl_maintain_usage[];

/* tocsin maintain: make room in the database.  Returns the exit status. */
int ctl_maintain(struct tool *tool, int argc, char **argv);

#endif
