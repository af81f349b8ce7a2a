/* SPDX-License-Identifier: ISC */
#ifndef TOOL_REFUSED_H
#define TOOL_REFUSED_H

#include "tool/session.h"

extern const char tool_refused_usage[];

/* tocsin refused: look at refused webhooks, and send them again. */
int tool_refused(struct session *session, int argc, char **argv);

#endif
