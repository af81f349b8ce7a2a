/* SPDX-License-Identifier: ISC */
#ifndef CTL_INTEGRATION_H
#define CTL_INTEGRATION_H

#include "operator.h"

extern const char ctl_integration_usage[];

/* tocsin integration COMMAND.  Returns the exit status. */
int ctl_integration(struct tool *tool, int argc, char **argv);

#endif
