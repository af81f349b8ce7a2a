/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/event.h"
#include "json/decode.h"

/*
 * For oracle.py: read texts from stdin, each behind its length in four bytes
 * of network order, and say of each on a line of JSON what is read in it.
 *
 *	null                            it is not JSON
 *	[members, event]                members of an object or array: each
 *	                                its key (or null), its type of enum
 *	                                json_kind, and its text by
 *	                                decode_text(); event: its fields by
 *	                                name, or null
 */
#define TEXT_MAX_BYTES (1 << 20)
#define LINE_MAX_BYTES (8 << 20)

static void
put_text(struct buf *b, struct slice s)
{
	if (s.p == NULL)
		buf_puts(b, "null");
	else
		json_quote(b, s);
}

static void
put_member(struct buf *b, struct decoder *r, const struct json_member *m)
{
	buf_puts(b, "[");
	put_text(b, m->key.p == NULL ? m->key : decode_string(r, m->key));
	buf_printf(b, ",%d,", (int)m->value.type);
	put_text(b, decode_text(r, m->value));
	buf_puts(b, "]");
}

static void
put_members(struct buf *b, struct json_value top)
{
	struct buf own = {.max = 2 * top.text.len + 1};
	struct decoder r = {.own = &own};
	struct json_member m;
	const char *comma = "";

	buf_reserve(&own, own.max);
	buf_puts(b, "[");
	if (top.type == JSON_OBJECT || top.type == JSON_ARRAY)
		while (json_next(&top.text, &m)) {
			buf_puts(b, comma);
			put_member(b, &r, &m);
			comma = ",";
		}
	buf_puts(b, "]");
	b->failed |= r.failed;
	decode_free(&r);
	buf_free(&own);
}

static void
put_event(struct buf *b, const struct event *ev)
{
	const struct {
		const char *name;
		struct slice value;
	} fields[] = {
	    {"type", ev->type},
	    {"external_id", ev->external_id},
	    {"title", ev->title},
	    {"description", ev->description},
	    {"urgency", ev->urgency},
	    {"tags", ev->tags},
	    {"meta", ev->meta},
	    {"severity", ev->severity},
	    {"message", ev->message},
	    {"additional", ev->additional},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		buf_printf(b, "%s\"%s\":", i == 0 ? "{" : ",", fields[i].name);
		put_text(b, fields[i].value);
	}
	buf_printf(b, ",\"incident\":%s,\"flags\":%u}",
	    ev->incident ? "true" : "false", ev->flags);
}

static void
tell(struct buf *b, char *text, size_t len)
{
	static struct json_list scratch;
	struct event ev = {0};
	struct json_value top;
	struct fault fault;
	const char *why;
	size_t at;

	if (json_scan(&top, text, len, &why, &at) != OUTCOME_OK) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, "[");
	put_members(b, top);
	buf_puts(b, ",");
	if (event_parse(&ev, top.text, &scratch, &fault) == OUTCOME_OK) {
		put_event(b, &ev);
		event_free(&ev);
	} else
		buf_puts(b, "null");
	buf_puts(b, "]");
}

int
main(void)
{
	static char text[TEXT_MAX_BYTES];
	struct buf line = {.max = LINE_MAX_BYTES};
	uint32_t len;

	while (fread(&len, sizeof(len), 1, stdin) == 1) {
		len = ntohl(len);
		if (len > sizeof(text) || fread(text, 1, len, stdin) != len)
			return 1;
		buf_reset(&line);
		tell(&line, text, len);
		if (line.failed)
			return 1;
		printf("%.*s\n", (int)line.len, line.data);
	}
	buf_free(&line);
	return 0;
}
