/* SPDX-License-Identifier: ISC */
#ifndef STYLE_H
#define STYLE_H

/* How the pages of the board look: all of their CSS, in pieces, NULL last. */
extern const char *const style_sheet[];

#endif
