/* SPDX-License-Identifier: ISC */
#ifndef TOOL_CELLS_H
#define TOOL_CELLS_H

#include "tool/session.h"

#define CELLS_MAX 64

/*
 * Run one() for each cell, in the order of their names: with a session of its
 * own that has the cell's configuration, and is closed afterwards.  If the
 * configuration names no cells, or option -d a database, run it once with the
 * session itself, whose cell is empty.
 *
 * A cell that fails does not keep the others from their turn.  Returns the
 * highest status of all; or STATUS_CONFIGURATION, after printing an error,
 * when the cells cannot be listed.
 */
enum status cells_each(struct session *session,
    enum status (*one)(struct session *session, void *arg), void *arg);

#endif
