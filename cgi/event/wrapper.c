/* SPDX-License-Identifier: ISC */
#include "event/wrapper.h"

#include <stdio.h>
#include <string.h>

#include "json/decode.h"

bool
wrapper_is_key(struct slice key)
{
	char text[EVENT_WRAPPER_BYTES];
	struct wrapper w;

	if (key.len == 0 || key.len >= EVENT_WRAPPER_BYTES || key.p[0] != '/')
		return false;
	for (size_t i = 0; i < key.len; i++)
		if ((unsigned char)key.p[i] < 0x20 || key.p[i] == 0x7f)
			return false;
	snprintf(text, sizeof(text), "%.*s", (int)key.len, key.p);
	wrapper_init(&w, text);
	return w.node != -1;
}

void
wrapper_init(struct wrapper *w, const char *key)
{
	const char *why;
	size_t len;

	snprintf(w->key, sizeof(w->key), "%s", key);
	len = strlen(w->key);
	w->set = (struct pointer_set){w->nodes, 0, 1 + POINTER_TOKENS_MAX};
	w->failed = false;
	w->node = -1;
	/* pointer_add() takes the pointer without its first slash. */
	if (len > 1)
		w->node = pointer_add(&w->set, pointer_root(&w->set),
		    w->key + 1, len - 1, &why);
}

/* Decode the JSON in a string; JSON_NULL when it is none. */
static struct json_value
scan_string(struct wrapper *w, struct slice string, struct buf *own)
{
	struct json_value v = {JSON_NULL, {0}};
	struct decoder decoder = {.own = own};
	struct slice raw = {string.p + 1, string.len - 2}, text;
	size_t begin = own->len, at;
	const char *why;

	text = decode_string(&decoder, raw);
	decode_free(&decoder);
	/* json_scan() may change the text, so it must be a copy. */
	if (!decoder.failed && text.p != own->data + begin)
		buf_append(own, text.p, text.len);
	w->failed |= decoder.failed || own->failed;
	if (w->failed ||
	    json_scan(&v, own->data + begin, own->len - begin, &why, &at) !=
		OUTCOME_OK)
		v = (struct json_value){JSON_NULL, {0}};
	return v;
}

struct json_value
wrapper_find(struct wrapper *w, struct json_value v, struct buf *own)
{
	struct json_value values[1 + POINTER_TOKENS_MAX], found;

	if (w->node == -1 || v.type != JSON_OBJECT)
		return v;
	pointer_find(&w->set, 0, v, values);
	found = values[w->node];
	if (found.type == JSON_STRING)
		found = scan_string(w, found.text, own);
	return found.type == JSON_OBJECT ? found : v;
}
