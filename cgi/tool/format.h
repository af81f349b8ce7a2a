/* SPDX-License-Identifier: ISC */
#ifndef TOOL_FORMAT_H
#define TOOL_FORMAT_H

#include "tool/session.h"

extern const char tool_format_usage[];

/* tocsin format: list, show and add formats of outgoing messages. */
int tool_format(struct session *session, int argc, char **argv);

#endif
