/* SPDX-License-Identifier: ISC */
#include "dialect/carrier.h"

#include <string.h>

#include "base/utf8.h"
#include "dialect/reader.h"
#include "http/form.h"
#include "json/decode.h"

#define TOKEN_MAX_BYTES 1024

static int
add_carrier(struct reader *r, struct carrier c)
{
	struct dialect *d = r->d;

	if (d->n_carriers == DIALECT_CARRIERS_MAX)
		return reader_fail(r, "more than %d carriers",
		    DIALECT_CARRIERS_MAX);
	d->carriers[d->n_carriers++] = c;
	return 0;
}

/* Read kind:name. */
static int
read_named(struct reader *r, struct slice kind, struct slice name)
{
	struct carrier c = {.name = name, .node = -1};
	const char *why;

	if (name.len == 0 || name.len > 64)
		return reader_fail(r, "a carrier without a name");
	if (reader_is(kind, "scheme"))
		c.kind = CARRIER_SCHEME;
	else if (reader_is(kind, "header"))
		c.kind = CARRIER_HEADER;
	else if (reader_is(kind, "query"))
		c.kind = CARRIER_QUERY;
	else if (reader_is(kind, "body") && name.p[0] == '/') {
		c.kind = CARRIER_BODY;
		c.node = pointer_add(&r->d->pointers, r->d->roots[ROOT_BODY],
		    r->d->text + (name.p + 1 - r->d->text), name.len - 1, &why);
		if (c.node == -1)
			return reader_fail(r, "%s", why);
	} else
		return reader_fail(r, "an unknown carrier");
	return add_carrier(r, c);
}

/* Convert a header's name to lower case, in which they are compared. */
static void
fold(struct reader *r, struct slice name)
{
	char *p = r->d->text + (name.p - r->d->text);

	for (size_t i = 0; i < name.len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] |= 0x20;
}

int
carriers_read(struct reader *r, struct slice value)
{
	struct slice word, name;
	const char *colon;
	int rc = 0;

	while (rc == 0 && (word = reader_word(&value)).p != NULL) {
		colon = memchr(word.p, ':', word.len);
		if (reader_is(word, "bearer")) {
			rc = add_carrier(r,
			    (struct carrier){CARRIER_SCHEME, SLICE("Bearer"),
				-1});
		} else if (reader_is(word, "basic")) {
			rc = add_carrier(r,
			    (struct carrier){CARRIER_BASIC, SLICE("Basic"),
				-1});
		} else if (colon != NULL) {
			name = (struct slice){colon + 1,
			    word.len - (size_t)(colon + 1 - word.p)};
			word.len = (size_t)(colon - word.p);
			if (reader_is(word, "header"))
				fold(r, name);
			rc = read_named(r, word, name);
		} else
			rc = reader_fail(r, "an unknown carrier");
	}
	return rc;
}

/* The steps of a pointer, from its root on. */
struct path {
	int root;
	struct slice step[POINTER_TOKENS_MAX];
	size_t n;
};

static struct path
path_of(const struct dialect *d, int node)
{
	struct path path = {.root = node};
	size_t n = 0;

	for (; d->nodes[path.root].parent != -1;
	     path.root = d->nodes[path.root].parent)
		n++;
	path.n = n;
	for (; n > 0; node = d->nodes[node].parent)
		path.step[--n] = d->nodes[node].name;
	return path;
}

/* Return whether one path is a prefix of the other. */
static bool
is_along(const struct path *a, const struct path *b)
{
	size_t n = a->n < b->n ? a->n : b->n;

	for (size_t i = 0; i < n; i++)
		if (!slice_equal(a->step[i], b->step[i]))
			return false;
	return true;
}

bool
carrier_is_secret(const struct dialect *d, int node)
{
	static const char *const secret[] = {"authorization", "cookie",
	    "pagertree-token", "proxy-authorization"};
	struct path path = path_of(d, node);

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		if (path.root == d->roots[ROOT_HEADER] &&
		    reader_is(path.step[0], secret[i]))
			return true;
	return false;
}

/* Return whether the value of node may hold the token of carrier c. */
static bool
has_token(const struct dialect *d, int node, const struct carrier *c)
{
	struct path path = path_of(d, node), token;

	switch (c->kind) {
	case CARRIER_HEADER:
		return path.root == d->roots[ROOT_HEADER] &&
		    slice_equal(path.step[0], c->name);
	case CARRIER_QUERY:
		return path.root == d->roots[ROOT_QUERY] &&
		    slice_equal(path.step[0], c->name);
	case CARRIER_BODY:
		/* item and inner may be the body itself. */
		token = path_of(d, c->node);
		return (path.root == d->roots[ROOT_BODY] ||
			   path.root == d->roots[ROOT_ITEM] ||
			   path.root == d->roots[ROOT_INNER]) &&
		    is_along(&path, &token);
	default:
		return false;
	}
}

static int
check_node(struct reader *r, int node, int line)
{
	const struct dialect *d = r->d;
	bool secret = carrier_is_secret(d, node);

	for (size_t i = 0; i < d->n_carriers; i++)
		secret |= has_token(d, node, &d->carriers[i]);
	r->line = line;
	return secret ? reader_fail(r, "would copy the token") : 0;
}

int
carriers_check(struct reader *r)
{
	const struct dialect *d = r->d;

	for (size_t i = 0; i < d->n_fields; i++) {
		const struct field *f = &d->fields[i];

		if (f->over != -1 && check_node(r, f->over, f->line) == -1)
			return -1;
		for (size_t k = 0; k < f->template.n; k++) {
			int node = d->parts[f->template.first + k].node;

			if (node != -1 && check_node(r, node, f->line) == -1)
				return -1;
		}
	}
	return 0;
}

/* Return what follows the scheme in an Authorization header. */
static struct slice
after_scheme(struct slice header, struct slice scheme)
{
	struct slice first = {header.p, scheme.len};

	if (header.len <= scheme.len || header.p[scheme.len] != ' ' ||
	    utf8_compare(first, scheme) != 0)
		return (struct slice){0};
	return utf8_trim(
	    (struct slice){header.p + scheme.len, header.len - scheme.len});
}

static int
base64_digit(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* Append decoded Base64 (RFC 4648) to own; return "" if it is malformed. */
static struct slice
decode_base64(struct slice text, struct buf *own)
{
	unsigned bits = 0;
	size_t begin = own->len, n = 0;

	while (text.len > 0 && text.p[text.len - 1] == '=')
		text.len--;
	for (; n < text.len; n++) {
		int digit = base64_digit(text.p[n]);

		if (digit == -1)
			break;
		bits = bits << 6 | (unsigned)digit;
		if (n % 4 > 0)
			buf_append(own,
			    (char[]){(char)(bits >> (6 - 2 * (n % 4)))}, 1);
	}
	if (n < text.len || own->failed)
		return SLICE("");
	return (struct slice){own->data + begin, own->len - begin};
}

/* Return the password, or if it is empty the user name. */
static struct slice
basic_token(struct slice header, struct buf *own)
{
	struct slice text = after_scheme(header, SLICE("Basic"));
	const char *colon;
	size_t user;

	if (text.p == NULL)
		return text;
	text = decode_base64(text, own);
	colon = text.len == 0 ? NULL : memchr(text.p, ':', text.len);
	if (colon == NULL)
		return SLICE("");
	user = (size_t)(colon - text.p);
	if (user + 1 == text.len)
		return (struct slice){text.p, user};
	return (struct slice){colon + 1, text.len - user - 1};
}

/* Return a string's text; an empty token for a value of another type. */
static struct slice
body_token(struct json_value v, struct buf *own)
{
	struct decoder decoder = {.own = own};
	struct slice text;

	if (v.type == JSON_NULL)
		return (struct slice){0};
	if (v.type != JSON_STRING)
		return SLICE("");
	text = decode_text(&decoder, v);
	decode_free(&decoder);
	return decoder.failed ? SLICE("") : text;
}

static struct slice
query_token(const char *query, struct slice name, struct buf *own)
{
	char field[65], value[TOKEN_MAX_BYTES];
	size_t begin = own->len;
	int rc;

	memcpy(field, name.p, name.len);
	field[name.len] = '\0';
	rc = form_field(slice_of(query), field, value, sizeof(value));
	buf_puts(own, value);
	explicit_bzero(value, sizeof(value));
	if (rc == -1)
		return (struct slice){0};
	if (own->len == begin)
		return SLICE("");
	return (struct slice){own->data + begin, own->len - begin};
}

struct slice
carrier_token(struct scope *s, const struct request *req, struct buf *own)
{
	const struct dialect *d = s->d;
	struct slice authorization =
	    request_header(req, SLICE("authorization"));
	struct slice token = {0};

	for (size_t i = 0; i < d->n_carriers && token.p == NULL; i++) {
		const struct carrier *c = &d->carriers[i];

		switch (c->kind) {
		case CARRIER_SCHEME:
			token = after_scheme(authorization, c->name);
			break;
		case CARRIER_BASIC:
			token = basic_token(authorization, own);
			break;
		case CARRIER_HEADER:
			token = request_header(req, c->name);
			break;
		case CARRIER_BODY:
			token = body_token(s->values[c->node], own);
			break;
		case CARRIER_QUERY:
			token = query_token(req->query, c->name, own);
			break;
		}
	}
	return token;
}

bool
carrier_needs_body(const struct dialect *d)
{
	for (size_t i = 0; i < d->n_carriers; i++)
		if (d->carriers[i].kind == CARRIER_BODY)
			return true;
	return false;
}
