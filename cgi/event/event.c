/* SPDX-License-Identifier: ISC */
#include "event/event.h"

#include <string.h>

#include "base/utf8.h"
#include "event/extra.h"
#include "event/meta.h"
#include "json/decode.h"

#define LONG_NUMBER " has a number that is over 400 digits long, written out,"

enum field {
	EVENT_TYPE,
	ID,
	TITLE,
	DESCRIPTION,
	TAGS,
	META,
	URGENCY,
	DEDUP_KEYS,
	PAGERTREE_INTEGRATION_ID,
	FIELDS
};

static const struct slice names[FIELDS] = {
    [EVENT_TYPE] = {"event_type", 10},
    [ID] = {"id", 2},
    [TITLE] = {"title", 5},
    [DESCRIPTION] = {"description", 11},
    [TAGS] = {"tags", 4},
    [META] = {"meta", 4},
    [URGENCY] = {"urgency", 7},
    [DEDUP_KEYS] = {"dedup_keys", 10},
    [PAGERTREE_INTEGRATION_ID] = {"pagertree_integration_id", 24},
};

static const struct slice types[] = {{"create", 6}, {"acknowledge", 11},
    {"resolve", 7}};

static const struct slice urgencies[] = {{"silent", 6}, {"low", 3},
    {"medium", 6}, {"high", 4}, {"critical", 8}};

/* The state of parsing one event. */
struct reading {
	struct event *ev;
	struct json_value fields[FIELDS]; /* JSON_NULL: null or missing */
	struct decoder values; /* decodes into ev->own */
	struct decoder keys; /* decodes into side */
	struct buf side; /* decoded keys, then a compact value */
	struct extra extra;
	bool is_create;
	struct fault *why;
};

/* Return FIELDS for an extra member. */
static enum field
field_of(struct slice key)
{
	enum field f;

	for (f = EVENT_TYPE; f < FIELDS; f++)
		if (key.len == names[f].len && utf8_compare(key, names[f]) == 0)
			break;
	return f;
}

bool
event_has_member(struct slice name)
{
	return field_of(name) != FIELDS;
}

/* Sort the members into fields and extras; the last of equal ones wins. */
static void
collect(struct reading *r, struct slice object)
{
	struct json_member m;
	enum field f;
	size_t raw_len;

	while (json_next(&object, &m)) {
		raw_len = m.key.len;
		/* Reserve room for all keys, since they must not move. */
		if (r->side.data == NULL && memchr(m.key.p, '\\', raw_len))
			buf_reserve(&r->side, r->side.max);
		m.key = decode_string(&r->keys, m.key);
		f = field_of(m.key);
		if (f < FIELDS)
			r->fields[f] = m.value;
		else
			extra_add(&r->extra, &m, raw_len);
	}
}

static enum outcome
invalid(struct reading *r, const char *pointer, const char *detail)
{
	*r->why = (struct fault){pointer, detail, NULL};
	return OUTCOME_INVALID;
}

static enum outcome
read_type(struct reading *r)
{
	struct slice s = {0};

	if (r->fields[EVENT_TYPE].type == JSON_STRING)
		s = decode_text(&r->values, r->fields[EVENT_TYPE]);
	r->ev->type = utf8_known(s, types, sizeof(types) / sizeof(types[0]));
	r->is_create = r->ev->type.p == types[0].p;
	if (r->ev->type.p != NULL)
		return OUTCOME_OK;
	if (r->fields[EVENT_TYPE].type == JSON_NULL)
		return invalid(r, "/event_type",
		    "event_type is missing; this URL takes PagerTree's format,"
		    " like {\"event_type\":\"create\",\"Id\":\"disk-1\","
		    "\"Title\":\"Disk full\"}; other programs' formats go to"
		    " /integration/int_.../NAME, see tocsin dialect list");
	return invalid(r, "/event_type",
	    "event_type must be \"create\", \"acknowledge\" or \"resolve\"");
}

static enum outcome
read_id(struct reading *r)
{
	const struct json_value *v = &r->fields[ID];
	struct event *ev = r->ev;
	char text[UUID_TEXT_BYTES];
	struct slice s = {0};

	if (v->type == JSON_STRING || v->type == JSON_NUMBER)
		s = decode_text(&r->values, *v);
	else if (v->type != JSON_NULL)
		return invalid(r, "/Id", "Id must be a string or a number");
	if (s.len > EVENT_ID_MAX_BYTES)
		return invalid(r, "/Id", "Id must be at most 1024 bytes long");
	if (s.len == 0) {
		if (!r->is_create)
			return invalid(r, "/Id",
			    "Id is missing; it must name the alert to "
			    "acknowledge or resolve");
		uuid_format(&ev->id, text);
		s.len = sizeof(text) - 1;
		buf_append(&ev->own, text, s.len);
		s.p = ev->own.data + ev->own.len - s.len;
	}
	ev->external_id = s;
	return OUTCOME_OK;
}

/* Return part, and flag the event as truncated if it is shorter than whole. */
static struct slice
cut(struct reading *r, struct slice whole, struct slice part)
{
	if (part.len < whole.len)
		r->ev->flags |= EVENT_TRUNCATED;
	return part;
}

static enum outcome
read_title(struct reading *r)
{
	const struct json_value *v = &r->fields[TITLE];
	struct slice s;

	if (v->type == JSON_NULL)
		return invalid(r, "/Title",
		    "Title is missing; a create needs one");
	if (v->type == JSON_ARRAY || v->type == JSON_OBJECT)
		return invalid(r, "/Title", "Title must be a string");
	s = decode_text(&r->values, *v);
	if ((utf8_skip_blank(s).len == 0))
		return invalid(r, "/Title", "Title must not be blank");
	r->ev->title = cut(r, s, utf8_first_chars(s, EVENT_TITLE_MAX_CHARS));
	/* If the cut left only blanks, skip them and cut again. */
	if (utf8_skip_blank(r->ev->title).len == 0)
		r->ev->title =
		    utf8_first_chars(utf8_skip_blank(s), EVENT_TITLE_MAX_CHARS);
	return OUTCOME_OK;
}

/* Tags or dedup_keys. */
static struct slice
read_list(struct reading *r, enum field f)
{
	struct decode_list how = {
	    .items_max = EVENT_TAGS_MAX,
	    .chars_max = EVENT_TAG_MAX_CHARS,
	    .is_ids = f == DEDUP_KEYS,
	};
	struct slice s = SLICE("{}");

	if (r->fields[f].type != JSON_NULL)
		s = decode_list(&r->values, r->fields[f], &how);
	if (how.dropped)
		r->ev->flags |= EVENT_TAGS_DROPPED;
	return s;
}

static void
read_meta(struct reading *r)
{
	struct event *ev = r->ev;
	struct meta m;

	meta_read(&m, &r->values, r->fields[META]);
	ev->meta = m.rest;
	ev->incident = m.incident;
	ev->severity = m.severity;
	ev->message = cut(r, m.message,
	    utf8_first_chars(m.message, EVENT_MESSAGE_MAX_CHARS));
	if (m.is_ignored)
		ev->flags |= EVENT_META_IGNORED;
	if (m.severity_unknown)
		ev->flags |= EVENT_SEVERITY_UNKNOWN;
}

/* Read the fields that only a create has. */
static enum outcome
read_create(struct reading *r)
{
	struct event *ev = r->ev;
	struct slice s = SLICE("");
	size_t begin;

	if (read_title(r) != OUTCOME_OK)
		return OUTCOME_INVALID;
	if (r->fields[DESCRIPTION].type != JSON_NULL)
		s = decode_text(&r->values, r->fields[DESCRIPTION]);
	ev->description =
	    cut(r, s, utf8_first_bytes(s, EVENT_DESCRIPTION_MAX_BYTES));
	if (r->fields[URGENCY].type == JSON_STRING) {
		s = decode_text(&r->values, r->fields[URGENCY]);
		ev->urgency = utf8_known(s, urgencies,
		    sizeof(urgencies) / sizeof(urgencies[0]));
	}
	ev->tags = read_list(r, TAGS);
	ev->dedup_keys = read_list(r, DEDUP_KEYS);
	read_meta(r);
	begin = ev->own.len;
	if (extra_write(&r->extra, &ev->own))
		ev->additional =
		    (struct slice){ev->own.data + begin, ev->own.len - begin};
	if (r->extra.dropped)
		ev->flags |= EVENT_TRUNCATED;
	return OUTCOME_OK;
}

/*
 * Reserve all the room own will need, as stated by the functions that append
 * to it: own must not move.
 */
static void
reserve(struct reading *r)
{
	struct buf *own = &r->ev->own;
	size_t room = UUID_TEXT_BYTES + 2 * DECODE_LIST_ROOM + r->extra.room;

	for (enum field f = EVENT_TYPE; f < FIELDS; f++)
		room += 2 * r->fields[f].text.len + 2;
	own->max = room;
	buf_reserve(own, room);
}

/* Find a number that is too long in the members that this event keeps. */
static enum outcome
check_numbers(struct reading *r)
{
	static const struct fault faults[FIELDS] = {
	    [ID] = {.pointer = "/Id", .detail = "Id" LONG_NUMBER},
	    [TITLE] = {.pointer = "/Title", .detail = "Title" LONG_NUMBER},
	    [DESCRIPTION] = {.pointer = "/Description",
		.detail = "Description" LONG_NUMBER},
	    [TAGS] = {.pointer = "/Tags", .detail = "Tags" LONG_NUMBER},
	    [META] = {.pointer = "/Meta", .detail = "Meta" LONG_NUMBER},
	    [DEDUP_KEYS] = {.pointer = "/dedup_keys",
		.detail = "dedup_keys" LONG_NUMBER},
	};
	struct slice number;

	for (enum field f = EVENT_TYPE; f < FIELDS; f++) {
		if (faults[f].pointer == NULL || (f != ID && !r->is_create) ||
		    r->fields[f].type == JSON_NULL)
			continue;
		number = json_long_number(r->fields[f].text);
		if (number.p == NULL)
			continue;
		*r->why = faults[f];
		r->why->at = number.p;
		return OUTCOME_BAD_JSON;
	}
	return OUTCOME_OK;
}

/*
 * Refuse what too many tocsins have sent on, since they may feed each other;
 * else flag an alert with their number, for the next one to count on.
 */
static enum outcome
read_hops(struct reading *r)
{
	int64_t hops = r->ev->from == NULL ? 0 : r->ev->from->hops;

	if (hops > EVENT_HOPS_MAX)
		return invalid(r, "",
		    "the tocsin-hops header says that more than 3 tocsins have "
		    "sent this event on; do they feed each other?");
	if (hops > 0 && r->is_create)
		r->ev->flags |= EVENT_HOPS_1 << (hops - 1);
	return OUTCOME_OK;
}

static enum outcome
read_members(struct reading *r, struct slice raw)
{
	enum outcome res;

	collect(r, raw);
	reserve(r);
	if (r->keys.failed || r->extra.failed || r->ev->own.failed)
		return OUTCOME_UNAVAILABLE;
	res = read_type(r);
	if (res == OUTCOME_OK)
		res = read_hops(r);
	if (res == OUTCOME_OK)
		res = check_numbers(r);
	if (res == OUTCOME_OK)
		res = read_id(r);
	if (res == OUTCOME_OK && r->is_create)
		res = read_create(r);
	if (r->values.failed || r->extra.failed || r->ev->own.failed)
		return OUTCOME_UNAVAILABLE;
	return res;
}

enum outcome
event_parse(struct event *ev, struct slice raw, struct json_list *scratch,
    struct fault *why)
{
	struct reading r = {.ev = ev, .why = why};
	enum outcome res;

	*ev = (struct event){.from = ev->from, .id = ev->id, .raw = raw};
	if (raw.len == 0 || raw.p[0] != '{')
		return invalid(&r, "", "an event must be a JSON object");
	scratch->n = 0;
	r.side.max = raw.len;
	r.values.own = &ev->own;
	r.keys.own = &r.side;
	r.extra.list = scratch;
	r.extra.side = &r.side;
	res = read_members(&r, raw);
	decode_free(&r.values);
	decode_free(&r.keys);
	buf_free(&r.side);
	if (res != OUTCOME_OK)
		event_free(ev);
	return res;
}

const char *
event_flag_label(unsigned flag)
{
	switch (flag) {
	case EVENT_TRUNCATED:
		return "truncated";
	case EVENT_TAGS_DROPPED:
		return "tags_dropped";
	case EVENT_META_IGNORED:
		return "meta_ignored";
	case EVENT_SEVERITY_UNKNOWN:
		return "severity_unknown";
	case EVENT_HOPS_1:
		return "hops-1";
	case EVENT_HOPS_2:
		return "hops-2";
	case EVENT_HOPS_3:
		return "hops-3";
	default:
		return NULL;
	}
}

void
event_free(struct event *ev)
{
	buf_free(&ev->own);
}
