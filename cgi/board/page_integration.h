/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_INTEGRATION_H
#define BOARD_PAGE_INTEGRATION_H

#include "board/page.h"
#include "db/db.h"
#include "spool/kept.h"

#define PAGE_TIME_BYTES 32

/* Write a time as html_time() takes it. */
void page_time(char text[PAGE_TIME_BYTES], int64_t us);

/* Return one word for the state of the integration in a row. */
const char *page_state(const struct rows *rows, int row);

/*
 * The page of the integration in the only row; then call page_refused() for
 * each refused request, and page_integration_end(), n being how many there
 * were.
 */
void page_integration(struct page *p, const struct rows *rows);

/* Append one, and a link to it if its body may be seen. */
void page_refused(struct page *p, const struct kept *k, bool link);

void page_integration_end(struct page *p, size_t n);

/* The page of a refused request, with its body. */
void page_request(struct page *p, const struct kept *k);

#endif
