/* SPDX-License-Identifier: ISC */
#include "tool/literal.h"

#include "json/json.h"

void
literal_element(struct buf *b, const char *text)
{
	buf_puts(b, b->len == 0 ? "{\"" : ",\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_puts(b, "\\");
		buf_append(b, text, 1);
	}
	buf_puts(b, "\"");
}

void
literal_member(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, b->len == 0 ? "{" : ",");
	json_string(b, name, value);
}

void
literal_json(struct buf *b, const char *name, const char *json)
{
	buf_puts(b, b->len == 0 ? "{" : ",");
	json_quote(b, slice_of(name));
	buf_puts(b, ":");
	buf_puts(b, json);
}

static const char *
end(struct buf *b)
{
	buf_append(b, "}", 2);
	return b->failed ? "{" : b->data;
}

const char *
literal_array(struct buf *b)
{
	return b->len == 0 && !b->failed ? NULL : end(b);
}

const char *
literal_object(struct buf *b)
{
	return b->len == 0 && !b->failed ? "{}" : end(b);
}
