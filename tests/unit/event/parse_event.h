/* SPDX-License-Identifier: ISC */
#ifndef PARSE_EVENT_H
#define PARSE_EVENT_H

#include <stddef.h>
#include <stdlib.h>

#include "event/event.h"
#include "tap.h"

/*
 * A table row: these members, added to a plain create, give the event this
 * field.  Single quotes stand for double ones.
 */
struct row {
	const char *members;
	size_t field; /* offset in struct event */
	const char *want; /* NULL: absent */
	unsigned flags;
	const char *name;
};

#define PLAIN "{'event_type':'create','Id':'x','Title':'t'"

/* The event parsed last, and the document it borrows from. */
static struct event ev;
static struct fault fault;
static char *document;

/* Where the events to be parsed come from. */
static const struct origin *sender;

static inline void
drop_event(void)
{
	event_free(&ev);
	ev = (struct event){0};
	free(document);
	document = NULL;
}

/* Parse an exact copy, so that sanitizers notice reads past its end. */
static inline enum outcome
parse(const char *head, const char *tail, const char *end)
{
	size_t len = strlen(head) + strlen(tail) + strlen(end), at;
	struct json_list scratch = {0};
	struct json_value top;
	const char *why = NULL;
	enum outcome res;

	drop_event();
	document = malloc(len + 1);
	snprintf(document, len + 1, "%s%s%s", head, tail, end);
	document = realloc(document, len);
	for (size_t i = 0; i < len; i++)
		if (document[i] == '\'')
			document[i] = '"';
	ev.from = sender;
	for (int i = 0; i < 16; i++)
		ev.id.b[i] = (unsigned char)i;
	fault = (struct fault){0};
	res = json_scan(&top, document, len, &why, &at);
	if (res == OUTCOME_OK)
		res = event_parse(&ev, top.text, &scratch, &fault);
	else
		printf("# bad JSON in a test: %s\n", why);
	json_list_free(&scratch);
	return res;
}

/* Parse a complete event given as one string. */
static inline enum outcome
parse_text(const char *text)
{
	return parse(text, "", "");
}

static inline void
is_row(const struct row *row)
{
	enum outcome res = parse(PLAIN, row->members, "}");
	struct slice s = *(struct slice *)(void *)((char *)&ev + row->field);
	char *want = row->want != NULL ? strdup(row->want) : NULL;
	bool good;

	for (char *p = want; p != NULL && *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	good = res == OUTCOME_OK && ev.flags == row->flags &&
	    (want == NULL ? s.p == NULL
			  : s.p != NULL && s.len == strlen(want) &&
			memcmp(s.p, want, s.len) == 0);
	if (!ok(good, row->name))
		printf("# %d %s, flags %u: %.*s\n# want flags %u: %s\n", res,
		    fault.pointer != NULL ? fault.pointer : "", ev.flags,
		    (int)s.len, s.p != NULL ? s.p : "", row->flags,
		    want != NULL ? want : "(absent)");
	free(want);
}

static inline void
are_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		is_row(&rows[i]);
	drop_event();
}

#define ROWS(rows) are_rows((rows), sizeof(rows) / sizeof((rows)[0]))

#endif
