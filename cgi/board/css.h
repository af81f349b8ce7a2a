/* SPDX-License-Identifier: ISC */
#ifndef BOARD_CSS_H
#define BOARD_CSS_H

/* The style sheet of the board's pages, in pieces, NULL-terminated. */
extern const char *const css_sheet[];

#endif
