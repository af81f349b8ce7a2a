/* SPDX-License-Identifier: ISC */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "board/request.h"

/*
 * The board as a page, as JSON or as CSV; the page of one alert; or what its
 * buttons do.  Fills in the whole reply, within a second for pages, whatever
 * the database does.  Whoever comes here was let in by the web server.
 */
void board(struct board_request *v);

#endif
