/* SPDX-License-Identifier: ISC */
#ifndef CTL_SEND_H
#define CTL_SEND_H

#include "operator.h"

extern const char ctl_send_usage[];

/* tocsin send TYPE INTEGRATION: an event by hand.  Returns the exit status. */
int ctl_send(struct tool *tool, int argc, char **argv);

#endif
