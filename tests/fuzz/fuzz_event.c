/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "event/event.h"
#include "event/wrapper.h"

/* What event_parse() takes keeps the limits and forms of the protocol. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* As a JSON string it must be provable: so it is UTF-8. */
static void
must_be_text(struct slice s)
{
	struct buf b = {.max = 1 << 24};
	struct json_value top;
	const char *why;
	size_t at;

	if (s.p == NULL)
		return;
	must(memchr(s.p, '\0', s.len) == NULL);
	json_quote(&b, s);
	must(!b.failed);
	must(json_scan(&top, b.data, b.len, &why, &at) == OUTCOME_OK);
	buf_free(&b);
}

static void
must_be_json(struct slice s, char open)
{
	struct json_value top;
	struct json_member m;
	struct slice rest;
	const char *why;
	char *copy = malloc(s.len + 1);
	size_t at;

	memcpy(copy, s.p, s.len);
	must(json_scan(&top, copy, s.len, &why, &at) == OUTCOME_OK);
	must(copy[0] == open && memcmp(copy, s.p, s.len) == 0);
	for (rest = top.text; open == '{' && json_next(&rest, &m);) {
		must(!slice_equal(m.key, SLICE("incident")));
		must(!slice_equal(m.key, SLICE("incident_severity")));
		must(!slice_equal(m.key, SLICE("incident_message")));
	}
	free(copy);
}

/* {"a","b"}: each item quoted, no more of them than allowed. */
static void
must_be_array(struct slice s)
{
	size_t items = 0, i = 1;

	must(s.len >= 2 && s.p[0] == '{' && s.p[s.len - 1] == '}');
	must_be_text(s);
	while (i < s.len - 1) {
		must(s.p[i++] == '"');
		for (; s.p[i] != '"'; i++) {
			i += s.p[i] == '\\';
			must(i < s.len - 2);
		}
		i++;
		items++;
		must(s.p[i] == ',' || i == s.len - 1);
		i++;
	}
	must(items <= EVENT_TAGS_MAX);
}

static void
check_create(const struct event *ev)
{
	must(utf8_skip_blank(ev->title).len > 0);
	must(utf8_first_chars(ev->title, EVENT_TITLE_MAX_CHARS).len ==
	    ev->title.len);
	must(ev->description.p != NULL);
	must(ev->description.len <= EVENT_DESCRIPTION_MAX_BYTES);
	must(utf8_first_chars(ev->message, EVENT_MESSAGE_MAX_CHARS).len ==
	    ev->message.len);
	must(ev->incident == (ev->severity.p != NULL));
	must_be_text(ev->title);
	must_be_text(ev->description);
	must_be_text(ev->message);
	must_be_array(ev->tags);
	must_be_array(ev->dedup_keys);
	must_be_json(ev->meta, '{');
	if (ev->additional.p != NULL)
		must_be_json(ev->additional, '[');
}

static void
check(const struct event *ev)
{
	must(ev->external_id.len > 0);
	must(ev->external_id.len <= EVENT_ID_MAX_BYTES);
	must_be_text(ev->external_id);
	if (utf8_is(ev->type, "create")) {
		check_create(ev);
		return;
	}
	must(utf8_is(ev->type, "acknowledge") || utf8_is(ev->type, "resolve"));
	must(ev->title.p == NULL && ev->tags.p == NULL && ev->meta.p == NULL);
	must(ev->additional.p == NULL && ev->flags == 0);
}

/* A second reading of the same bytes is the same. */
static void
check_again(const struct event *ev, struct slice raw, struct json_list *scratch)
{
	struct event twin = {.id = ev->id};
	struct fault why;

	must(event_parse(&twin, raw, scratch, &why) == OUTCOME_OK);
	must(slice_equal(ev->external_id, twin.external_id));
	must(slice_equal(ev->title, twin.title));
	must(slice_equal(ev->tags, twin.tags));
	must(slice_equal(ev->meta, twin.meta));
	must(slice_equal(ev->additional, twin.additional));
	must(ev->flags == twin.flags);
	event_free(&twin);
}

/* Where a wrapper key points there is an object, or it is the body itself. */
static void
check_wrapped(struct json_value top, size_t size, struct json_list *scratch)
{
	static const char *const keys[] = {"/a", "/a/a", "/Meta", "/a/0/~1"};
	struct buf own = {.max = size};
	struct event ev = {0};
	struct json_value v;
	struct fault why;
	struct wrapper w;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		wrapper_init(&w, keys[i]);
		buf_reset(&own);
		buf_reserve(&own, size);
		v = wrapper_find(&w, top, &own);
		must(!w.failed);
		must(v.type == JSON_OBJECT || v.text.p == top.text.p);
		if (event_parse(&ev, v.text, scratch, &why) == OUTCOME_OK) {
			check(&ev);
			event_free(&ev);
		}
	}
	buf_free(&own);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_list scratch;
	struct json_value top;
	char *text = malloc(size + (size == 0));
	struct event ev = {0};
	struct fault why = {0};
	const char *what;
	enum outcome res;
	size_t at;

	memcpy(text, data, size);
	if (json_scan(&top, text, size, &what, &at) == OUTCOME_OK) {
		res = event_parse(&ev, top.text, &scratch, &why);
		must(res == OUTCOME_OK || res == OUTCOME_INVALID ||
		    res == OUTCOME_BAD_JSON);
		if (res == OUTCOME_OK) {
			check(&ev);
			check_again(&ev, top.text, &scratch);
			event_free(&ev);
		} else
			must(why.pointer != NULL && why.detail != NULL);
		check_wrapped(top, size, &scratch);
	}
	free(text);
	return 0;
}
