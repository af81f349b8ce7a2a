/* SPDX-License-Identifier: ISC */
#include "event/meta.h"

#include "base/utf8.h"

enum reserved { INCIDENT, SEVERITY, MESSAGE, RESERVED };

static const struct slice names[RESERVED] = {
    [INCIDENT] = {"incident", 8},
    [SEVERITY] = {"incident_severity", 17},
    [MESSAGE] = {"incident_message", 16},
};

static const struct slice severities[] = {{"SEV-UNKNOWN", 11}, {"SEV-1", 5},
    {"SEV-2", 5}, {"SEV-3", 5}, {"SEV-4", 5}, {"SEV-5", 5}};

/* Return which reserved key raw is; RESERVED for any other. */
static enum reserved
reserved_key(struct decoder *r, struct slice raw)
{
	size_t begin = r->own->len;
	struct slice key = decode_string(r, raw);
	enum reserved k;

	for (k = INCIDENT; k < RESERVED; k++)
		if (slice_equal(key, names[k]))
			break;
	r->own->len = begin;
	return k;
}

/*
 * Move reserved members to values and return an object of the others; if none
 * is reserved, return object itself.
 */
static struct slice
split(struct decoder *r, struct slice object,
    struct json_value values[RESERVED])
{
	struct slice rest = object;
	struct json_member m;
	size_t begin = r->own->len, n = 0;
	enum reserved k;

	buf_append(r->own, "{", 1);
	while (json_next(&rest, &m)) {
		k = reserved_key(r, m.key);
		if (k < RESERVED) {
			values[k] = m.value;
			n++;
			continue;
		}
		if (r->own->len > begin + 1)
			buf_append(r->own, ",", 1);
		buf_append(r->own, m.key.p - 1, m.key.len + 2);
		buf_append(r->own, ":", 1);
		buf_append(r->own, m.value.text.p, m.value.text.len);
	}
	buf_append(r->own, "}", 1);
	r->failed |= r->own->failed;
	if (n > 0 && !r->failed)
		return (
		    struct slice){r->own->data + begin, r->own->len - begin};
	r->own->len = begin;
	return object;
}

static bool
is_zero(struct slice number)
{
	for (size_t i = 0; i < number.len; i++) {
		if (number.p[i] >= '1' && number.p[i] <= '9')
			return false;
		if ((number.p[i] | 0x20) == 'e')
			break;
	}
	return true;
}

/* Cast incident to bool.  An array or object is true unless empty. */
static bool
is_true(struct decoder *r, struct json_value v)
{
	static const char *const no[] = {"", "0", "f", "false", "no", "off"};
	struct json_member m;
	struct slice s;

	switch (v.type) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return v.text.p[0] == 't';
	case JSON_NUMBER:
		return !is_zero(v.text);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_next(&v.text, &m);
	default:
		s = decode_text(r, v);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (utf8_is(s, no[i]))
			return false;
	return true;
}

void
meta_read(struct meta *m, struct decoder *r, struct json_value v)
{
	struct json_value values[RESERVED] = {{JSON_NULL, {0}}};
	struct json_member first;

	*m = (struct meta){.rest = SLICE("{}")};
	if (v.type != JSON_OBJECT) {
		m->is_ignored = v.type != JSON_NULL &&
		    (v.type != JSON_ARRAY || json_next(&v.text, &first));
		return;
	}
	m->rest = split(r, v.text, values);
	m->incident = is_true(r, values[INCIDENT]);
	m->message = decode_text(r, values[MESSAGE]);
	if (!m->incident)
		return;
	if (values[SEVERITY].type == JSON_STRING)
		m->severity = utf8_known(decode_text(r, values[SEVERITY]),
		    severities, sizeof(severities) / sizeof(severities[0]));
	if (m->severity.p == NULL) {
		m->severity = severities[0];
		m->severity_unknown = true;
	}
}
