/* SPDX-License-Identifier: ISC */
#ifndef BOARD_ACTION_H
#define BOARD_ACTION_H

#include "board/request.h"

/*
 * Somebody pressed a button of an alert's page: store the event v->verb for
 * it, as a sender would, with the board as its source, and lead the browser
 * back to the page.  Fills in the whole reply.
 */
void board_action(struct board_request *v);

#endif
