/* SPDX-License-Identifier: ISC */
#ifndef BOARD_CSS_H
#define BOARD_CSS_H

/* How the pages of the board look: all of their CSS, in pieces, NULL last. */
extern const char *const css_sheet[];

#endif
