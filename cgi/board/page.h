/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_H
#define BOARD_PAGE_H

#include <stdbool.h>

#include "http/reply.h"

#define PAGE_REFRESH_S 30

/* What all pages of the board have in common. */
struct page {
	struct reply *rep;
	const char *up; /* relative URL of what /board lies in, as ../../ */
	bool refreshes; /* by itself */
};

/*
 * Begin a page in p->rep, whose status is set to status, with the headers
 * that let it load and run nothing; title is anybody's text.
 */
void page_begin(struct page *p, int status, const char *title);

/* The heading of a page, anybody's text, and what stands beside it. */
void page_heading(struct page *p, const char *text, const char *at);

/* The end: links to the same as JSON and CSV where formats is set. */
void page_end(struct page *p, bool formats);

/* A whole page that says one thing; text is a constant of ours, in HTML. */
void page_message(struct page *p, int status, const char *title,
    const char *text);

/*
 * A JSON array of strings as labels: the first few, each cut to a few words,
 * or, with all set, all of them.
 */
void page_labels(struct page *p, const char *json, bool all);

/* A word of ours from the database in a frame: class prefix-word. */
void page_pill(struct page *p, const char *prefix, const char *word);

#endif
