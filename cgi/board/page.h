/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_H
#define BOARD_PAGE_H

#include <stdbool.h>

#include "http/reply.h"

#define PAGE_REFRESH_S 30

/* A page of the board. */
struct page {
	struct reply *rep;
	const char *up; /* relative URL of the parent of /board, like ../../ */
	bool refreshes; /* the browser reloads it */
};

/*
 * Begin a page in p->rep with this status and with the headers that forbid
 * loading and scripts; title is untrusted text.
 */
void page_begin(struct page *p, int status, const char *title);

/* Append the heading, untrusted text, and the time at, unless it is NULL. */
void page_heading(struct page *p, const char *text, const char *at);

/* End the page; if formats is set, link to it as JSON and CSV. */
void page_end(struct page *p, bool formats);

/* Write a page with one message; text is constant HTML. */
void page_message(struct page *p, int status, const char *title,
    const char *text);

/*
 * Append a JSON array of strings as labels: only the first few, shortened;
 * or all of them, complete, if all is set.
 */
void page_labels(struct page *p, const char *json, bool all);

/* Append a word from the database, framed, with class prefix-word. */
void page_pill(struct page *p, const char *prefix, const char *word);

#endif
