/* SPDX-License-Identifier: ISC */
#ifndef BOARD_INTEGRATION_H
#define BOARD_INTEGRATION_H

#include "board/request.h"

/*
 * Serve the page of an integration, as HTML, JSON or CSV: its state, and what
 * was refused of its webhooks; or one of these, as HTML or JSON.
 */
void board_integration(struct board_request *v);

#endif
