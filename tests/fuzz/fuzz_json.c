/* SPDX-License-Identifier: ISC */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/explain.h"
#include "json/json.h"

/*
 * What json_scan() takes, json-c takes too, and the walk, the compact and
 * the quoted form of it say the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* By json-c at its strictest, to the last byte. */
static struct json_object *
parse(const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
	struct json_object *o;
	char *copy = strndup(text, len);

	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* A number at the top ends with the NUL. */
	o = json_tokener_parse_ex(tok, copy, (int)len + 1);
	must(json_tokener_get_error(tok) == json_tokener_success);
	must(json_tokener_get_parse_end(tok) <= len);
	json_tokener_free(tok);
	free(copy);
	return o;
}

/* The members that json_next() walks, put together again, are the whole. */
static void
check_walk(struct json_value top)
{
	struct buf whole = {.max = 1 << 22}, joined = whole;
	struct slice rest = top.text;
	struct json_member m;

	if (top.type != JSON_ARRAY && top.type != JSON_OBJECT)
		return;
	json_compact(&whole, top.text);
	while (json_next(&rest, &m)) {
		must((m.key.p != NULL) == (top.type == JSON_OBJECT));
		buf_puts(&joined, joined.len == 0 ? "" : ",");
		if (m.key.p != NULL) {
			buf_append(&joined, m.key.p - 1, m.key.len + 2);
			buf_puts(&joined, ":");
		}
		json_compact(&joined, m.value.text);
	}
	must(whole.len == joined.len + 2);
	must(joined.len == 0 ||
	    memcmp(whole.data + 1, joined.data, joined.len) == 0);
	buf_free(&whole);
	buf_free(&joined);
}

static void
check_forms(struct slice text, struct json_object *o)
{
	struct buf compact = {.max = 1 << 22}, again = compact;
	struct buf quoted = compact;
	struct json_object *p;

	json_compact(&compact, text);
	must(!compact.failed && compact.len <= text.len);
	p = parse(compact.data, compact.len);
	must(json_object_equal(o, p));
	json_object_put(p);
	json_compact(&again, (struct slice){compact.data, compact.len});
	must(again.len == compact.len);
	must(memcmp(again.data, compact.data, compact.len) == 0);

	json_quote(&quoted, text);
	must(!quoted.failed);
	p = parse(quoted.data, quoted.len);
	must((size_t)json_object_get_string_len(p) == text.len);
	must(memcmp(json_object_get_string(p), text.p, text.len) == 0);
	json_object_put(p);
	buf_free(&compact);
	buf_free(&again);
	buf_free(&quoted);
}

/* What is said of a refusal is a line of ASCII, and ends in what is known. */
static void
check_explained(struct slice text, const char *why, size_t at)
{
	char said[JSON_EXPLAIN_BYTES];
	const char *slip = json_slip(text, at);
	size_t len;

	json_explain(said, text, why, at);
	len = strlen(said);
	must(strncmp(said, why, strlen(why)) == 0);
	for (size_t i = 0; i < len; i++)
		must(said[i] >= 0x20 && said[i] < 0x7f);
	must(slip == NULL ||
	    (len > strlen(slip) &&
		strcmp(said + len - strlen(slip), slip) == 0));
}

/* A number that is found too long is one, and was not in a string. */
static void
check_numbers(struct slice text)
{
	struct slice number = json_long_number(text);

	must(number.p == NULL ||
	    (number.p >= text.p && number.len > 3 &&
		number.p + number.len <= text.p + text.len));
	for (size_t i = 0; i < number.len; i++)
		must(strchr("0123456789+-.eE", number.p[i]) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value top;
	char *text = malloc(size + (size == 0)), *before;
	const char *why = NULL;
	size_t at = 0;
	struct json_object *o;

	memcpy(text, data, size);
	if (json_scan(&top, text, size, &why, &at) != OUTCOME_OK) {
		must(why != NULL && at <= size && top.text.p == NULL);
		check_explained((struct slice){text, size}, why, at);
		free(text);
		return 0;
	}
	before = strndup(text, size);
	must(strlen(before) == size);
	must(json_scan(&top, text, size, &why, &at) == OUTCOME_OK);
	must(memcmp(before, text, size) == 0);
	o = parse(text, size);
	check_walk(top);
	check_forms(top.text, o);
	check_numbers(top.text);
	json_object_put(o);
	free(before);
	free(text);
	return 0;
}
