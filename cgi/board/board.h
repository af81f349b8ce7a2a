/* SPDX-License-Identifier: ISC */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "board/request.h"

/*
 * Serve the board or the page of one alert, as HTML, JSON or CSV, or handle a
 * button.  Fills in the whole reply; pages take at most a second, whatever
 * the database does.  The web server has authenticated the client.
 */
void board(struct board_request *v);

#endif
