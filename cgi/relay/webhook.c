/* SPDX-License-Identifier: ISC */
#include "relay/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "json/decode.h"
#include "json/json.h"
#include "json/pointer.h"
#include "relay/sign.h"

#define URL_BYTES_MAX 8192
#define HEADERS_BYTES_MAX ((size_t)32 * 1024)
#define BODY_BYTES_MAX ((size_t)1024 * 1024)
#define RETRY_MAX_S 86400

#define TOKEN_BYTES                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"!#$%&'*+-.^_`|~"

/* Set here or by libcurl. */
static const char *const own_headers[] = {"connection", "content-length",
    "content-type", "expect", "host", "idempotency-key", "tocsin-hops",
    "transfer-encoding", "user-agent", "webhook-id", "webhook-signature",
    "webhook-timestamp"};

static int
fail(char why[JOB_WHY_BYTES], const char *text)
{
	snprintf(why, JOB_WHY_BYTES, "%s", text);
	return -1;
}

bool
webhook_may_send(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || strchr(TOKEN_BYTES, name.p[i]) == NULL)
			return false;
	for (size_t i = 0; i < sizeof(own_headers) / sizeof(own_headers[0]);
	     i++)
		if (utf8_is(name, own_headers[i]))
			return false;
	return name.len > 0;
}

static bool
has_controls(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/* Append one header; "name;" is libcurl's form of one without a value. */
static void
add_header(struct webhook *w, struct slice name, struct slice value)
{
	buf_append(&w->headers, name.p, name.len);
	buf_puts(&w->headers, value.len == 0 ? ";" : ": ");
	buf_append(&w->headers, value.p, value.len);
	buf_append(&w->headers, "", 1);
}

static int
add_member(struct webhook *w, struct secrets *secrets,
    const struct json_member *m, struct decoder *decoder,
    char why[JOB_WHY_BYTES])
{
	struct slice name = decode_string(decoder, m->key), value;
	struct buf filled = {.max = HEADERS_BYTES_MAX};
	int rc = -1;

	value = decode_text(decoder, m->value);
	if (!webhook_may_send(name)) {
		fail(why, "a header has an invalid or reserved name");
	} else if (secrets_fill(secrets, value, &filled, why) == 0) {
		value = utf8_trim((struct slice){filled.data, filled.len});
		if (has_controls(value))
			fail(why, "a header has a control character");
		else
			rc = 0;
	}
	if (rc == 0) {
		add_header(w, name, value);
		mask_add(&w->mask, value);
	}
	buf_wipe(&filled);
	return rc;
}

/* Add the headers of the destination, a JSON object. */
static int
add_headers(struct webhook *w, const struct job *job, struct secrets *secrets,
    char why[JOB_WHY_BYTES])
{
	struct buf text = {.max = HEADERS_BYTES_MAX};
	struct buf own = {.max = 2 * HEADERS_BYTES_MAX};
	struct decoder decoder = {.own = &own};
	struct json_member m;
	struct json_value top;
	struct slice rest;
	const char *fault;
	size_t at;
	int rc = 0;

	if (job->headers == NULL)
		return 0;
	buf_puts(&text, job->headers);
	buf_reserve(&own, 2 * text.len);
	if (text.len == 0 || own.failed ||
	    json_scan(&top, text.data, text.len, &fault, &at) != OUTCOME_OK ||
	    top.type != JSON_OBJECT) {
		rc = fail(why, "the headers are not a JSON object");
	} else {
		rest = top.text;
		while (rc == 0 && json_next(&rest, &m))
			rc = add_member(w, secrets, &m, &decoder, why);
		if (rc == 0 && (decoder.failed || w->headers.failed))
			rc = fail(why, "too many headers");
	}
	decode_free(&decoder);
	buf_free(&own);
	buf_free(&text);
	return rc;
}

/* Add the headers for machines: ids, number of hops, and signature. */
static int
add_signature(struct webhook *w, const struct job *job, long long now,
    char why[JOB_WHY_BYTES])
{
	struct slice id = slice_of(job->webhook_id);
	struct slice body = {w->body.data, w->body.len};
	struct buf value = {.max = 1024};
	struct sign_secrets keys;
	int rc = 0;

	add_header(w, SLICE("webhook-id"), id);
	add_header(w, SLICE("idempotency-key"), id);
	if (job->hops != NULL)
		add_header(w, SLICE("tocsin-hops"), slice_of(job->hops));
	buf_printf(&value, "%lld", now);
	add_header(w, SLICE("webhook-timestamp"),
	    (struct slice){value.data, value.len});
	buf_reset(&value);
	if (sign_read(&keys, slice_of(job->secrets)) == -1)
		rc = fail(why, "the signing secrets cannot be read");
	else if (keys.n > 0) {
		sign_webhook(&value, &keys, id, now, body);
		add_header(w, SLICE("webhook-signature"),
		    (struct slice){value.data, value.len});
	}
	if (rc == 0 && value.failed)
		rc = fail(why, "out of memory");
	explicit_bzero(&keys, sizeof(keys));
	buf_free(&value);
	return rc;
}

int
webhook_make(struct webhook *w, const struct job *job, struct secrets *secrets,
    long long now, char why[JOB_WHY_BYTES])
{
	const char *type = job->content_type;

	*w = (struct webhook){.url.max = URL_BYTES_MAX,
	    .headers.max = HEADERS_BYTES_MAX,
	    .body.max = BODY_BYTES_MAX,
	    .mask.hidden.max = MASK_MAX_BYTES};
	if (job->address == NULL || job->body == NULL)
		return fail(why, "the job has no address or no body");
	if (secrets_fill(secrets, slice_of(job->address), &w->url, why) == -1 ||
	    secrets_fill_body(secrets, slice_of(job->body),
		slice_of(job->secret_paths), &w->body, why) == -1)
		return -1;
	mask_add_url(&w->mask, (struct slice){w->url.data, w->url.len});
	buf_append(&w->url, "", 1);
	add_header(w, SLICE("content-type"),
	    type == NULL ? SLICE("application/json") : slice_of(type));
	if (has_controls(slice_of(type)))
		return fail(why, "the content type has a control character");
	if (add_headers(w, job, secrets, why) == -1)
		return -1;
	buf_append(&w->mask.hidden, secrets->used.data, secrets->used.len);
	if (job->webhook_id != NULL && add_signature(w, job, now, why) == -1)
		return -1;
	if (w->url.failed || w->headers.failed || w->body.failed)
		return fail(why, "the request is too long");
	return 0;
}

/* Parse a number of seconds, rounded up; -1 = not a number. */
static int
seconds(struct json_value v)
{
	char text[32];
	double n;

	if (v.type == JSON_STRING)
		v.text = (struct slice){v.text.p + 1, v.text.len - 2};
	else if (v.type != JSON_NUMBER)
		return -1;
	if (v.text.len == 0 || v.text.len >= sizeof(text) ||
	    strspn(v.text.p, "0123456789.") < v.text.len)
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int)v.text.len, v.text.p);
	n = strtod(text, NULL);
	if (n >= RETRY_MAX_S)
		return RETRY_MAX_S;
	return (int)n + (n > (int)n ? 1 : 0);
}

int
webhook_retry_after(char *text, size_t len)
{
	static char top[] = "retry_after", inner[] = "parameters/retry_after";
	struct pointer_node nodes[4];
	struct json_value values[4], all;
	struct pointer_set set = {nodes, 0, 4};
	const char *why;
	int root, at, below;
	size_t where;

	if (len == 0 || json_scan(&all, text, len, &why, &where) != OUTCOME_OK)
		return -1;
	root = pointer_root(&set);
	at = pointer_add(&set, root, top, sizeof(top) - 1, &why);
	below = pointer_add(&set, root, inner, sizeof(inner) - 1, &why);
	if (at == -1 || below == -1)
		return -1;
	pointer_find(&set, root, all, values);
	return values[at].type != JSON_NULL ? seconds(values[at])
					    : seconds(values[below]);
}

void
webhook_free(struct webhook *w)
{
	buf_wipe(&w->url);
	buf_wipe(&w->headers);
	buf_wipe(&w->body);
	mask_free(&w->mask);
}
