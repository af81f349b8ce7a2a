/* SPDX-License-Identifier: ISC */
#include "json/pointer.h"

#include <string.h>

#define ESCAPE_BYTES 4 /* of one escape, decoded */
#define INDEX_DIGITS_MAX 9

static int
add_node(struct pointer_set *set, struct slice name, int parent)
{
	if (set->n == set->max)
		return -1;
	set->nodes[set->n] = (struct pointer_node){name, parent, -1, -1, false};
	return (int)set->n++;
}

int
pointer_root(struct pointer_set *set)
{
	return add_node(set, (struct slice){0}, -1);
}

/* Replace ~1 and ~0 in place; return the length, or -1. */
static int
unescape(char *text, size_t len)
{
	size_t n = 0;

	/* A name without ~ may be in memory that cannot be written. */
	if (memchr(text, '~', len) == NULL)
		return (int)len;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '~') {
			if (i + 1 == len ||
			    (text[i + 1] != '0' && text[i + 1] != '1'))
				return -1;
			c = text[++i] == '0' ? '~' : '/';
		}
		text[n++] = c;
	}
	return (int)n;
}

/* Find or add the child of that name. */
static int
child_named(struct pointer_set *set, int parent, struct slice name)
{
	int *link = &set->nodes[parent].child;

	for (; *link != -1; link = &set->nodes[*link].next)
		if (slice_equal(set->nodes[*link].name, name))
			return *link;
	*link = add_node(set, name, parent);
	return *link;
}

int
pointer_add(struct pointer_set *set, int root, char *text, size_t len,
    const char **why)
{
	char *end = text + len, *slash;
	size_t tokens = 0;
	int node = root, n;

	while (len > 0 && text <= end) {
		slash = memchr(text, '/', (size_t)(end - text));
		if (slash == NULL)
			slash = end;
		if (memchr(text, '\\', (size_t)(slash - text)) != NULL) {
			*why = "a pointer cannot have a backslash";
			return -1;
		}
		n = unescape(text, (size_t)(slash - text));
		if (n == -1 || ++tokens > POINTER_TOKENS_MAX) {
			*why = n == -1 ? "~ must be written as ~0"
				       : "a pointer of more than 8 steps";
			return -1;
		}
		node = child_named(set, node, (struct slice){text, (size_t)n});
		if (node == -1) {
			*why = "too many pointers";
			return -1;
		}
		text = slash + 1;
	}
	set->nodes[node].is_target = true;
	return node;
}

/* Read the four hexadecimal digits at p. */
static unsigned
hex(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 |
		    (unsigned)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'W');
	return v;
}

/* Decode the \u at *p, or the pair of them, to UTF-8; advance *p. */
static size_t
decode_unicode(const char **p, char to[ESCAPE_BYTES])
{
	unsigned c = hex(*p + 2);

	*p += 6;
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0xd800 || c > 0xdfff) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	/* json_scan() leaves no surrogate without its other half. */
	c = 0x10000 + ((c - 0xd800) << 10) + (hex(*p + 2) - 0xdc00);
	*p += 6;
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Decode the escape at *p; advance *p. */
static size_t
decode_escape(const char **p, char to[ESCAPE_BYTES])
{
	static const char letter[] = "\"\\/bfnrt", bare[] = "\"\\/\b\f\n\r\t";

	if ((*p)[1] == 'u')
		return decode_unicode(p, to);
	to[0] = bare[strchr(letter, (*p)[1]) - letter];
	*p += 2;
	return 1;
}

bool
pointer_is_key(struct slice raw, struct slice name)
{
	const char *p = raw.p, *end = raw.p + raw.len;
	char c[ESCAPE_BYTES];
	size_t at = 0, n;

	/* An escape is longer than what it stands for. */
	if (raw.len <= name.len)
		return slice_equal(raw, name);
	if (memchr(raw.p, '\\', raw.len) == NULL)
		return false;
	while (p < end) {
		if (*p == '\\') {
			n = decode_escape(&p, c);
		} else {
			c[0] = *p++;
			n = 1;
		}
		if (n > name.len - at || memcmp(name.p + at, c, n) != 0)
			return false;
		at += n;
	}
	return at == name.len;
}

/* Return the index that a step names in an array; -1 if it is not one. */
static int64_t
index_of(struct slice name)
{
	if (name.len > INDEX_DIGITS_MAX || (name.len > 1 && name.p[0] == '0'))
		return -1;
	return slice_number(name);
}

/* Find the members of an object; of equal keys, the last. */
static void
find_members(const struct pointer_set *set, int node, struct slice object,
    struct json_value *values)
{
	struct json_member m;

	while (json_next(&object, &m))
		for (int i = set->nodes[node].child; i != -1;
		     i = set->nodes[i].next)
			if (pointer_is_key(m.key, set->nodes[i].name)) {
				values[i] = m.value;
				break;
			}
}

static void
find_elements(const struct pointer_set *set, int node, struct slice array,
    struct json_value *values)
{
	struct json_member m;
	int64_t last = -1, at;
	int i;

	for (i = set->nodes[node].child; i != -1; i = set->nodes[i].next) {
		at = index_of(set->nodes[i].name);
		last = at > last ? at : last;
	}
	for (at = 0; at <= last && json_next(&array, &m); at++)
		for (i = set->nodes[node].child; i != -1;
		     i = set->nodes[i].next)
			if (index_of(set->nodes[i].name) == at)
				values[i] = m.value;
}

/* The recursion is as deep as the longest pointer. */
static void
find_below(const struct pointer_set *set, int node, struct json_value *values)
{
	const struct json_value *v = &values[node];
	int first = set->nodes[node].child, i;

	for (i = first; i != -1; i = set->nodes[i].next)
		values[i] = (struct json_value){JSON_NULL, {0}};
	if (first != -1 && v->type == JSON_OBJECT)
		find_members(set, node, v->text, values);
	else if (first != -1 && v->type == JSON_ARRAY)
		find_elements(set, node, v->text, values);
	for (i = first; i != -1; i = set->nodes[i].next)
		find_below(set, i, values);
}

void
pointer_find(const struct pointer_set *set, int root, struct json_value top,
    struct json_value *values)
{
	values[root] = top;
	find_below(set, root, values);
}
