/* SPDX-License-Identifier: ISC */
#ifndef BOARD_ACTION_H
#define BOARD_ACTION_H

#include "board/request.h"

/*
 * Handle a button of an alert's page: store the event v->verb for the alert
 * as if a sender had sent it, with the board as its source, and redirect to
 * the page.  Fills in the whole reply.
 */
void board_action(struct board_request *v);

#endif
