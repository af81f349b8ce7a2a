/* SPDX-License-Identifier: ISC */
#include "spool/roster.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "event/wrapper.h"
#include "http/route.h"
#include "spool/line.h"

#define UUID_BYTES ((size_t)UUID_TEXT_BYTES - 1)

static const struct slice magic = {"tocsin integrations 2\n", 22};
static const struct slice database_name = {"database ", 9};

#define HEAD_BYTES (magic.len + database_name.len + UUID_BYTES + 1)

/* An integration's line, without its id. */
struct terms {
	bool enabled;
	bool has_token, has_before;
	unsigned char now[DIGEST_BYTES], before[DIGEST_BYTES];
	int64_t until; /* that before is good */
	struct slice wrapper; /* absent: none */
};

void
roster_begin(struct buf *b, const char *database)
{
	buf_append(b, magic.p, magic.len);
	buf_printf(b, "%s%s\n", database_name.p, database);
}

static bool
is_hash(struct slice s)
{
	unsigned char sum[DIGEST_BYTES];

	return digest_from_hex(sum, s.p, s.len) == 0;
}

const char *
roster_add(struct buf *b, const char *const cells[ROSTER_COLUMNS],
    const char *before)
{
	struct slice id = slice_of(cells[0]), enabled = slice_of(cells[1]);
	struct slice hash = slice_of(cells[2]), last = slice_of(cells[3]);
	struct slice until = slice_of(cells[4]), wrapper = slice_of(cells[5]);

	if (id.p == NULL || !route_is_integration_id(id))
		return "an invalid id";
	if (before != NULL && strcmp(before, id.p) >= 0)
		return "ids out of order";
	if (!slice_equal(enabled, SLICE("t")) &&
	    !slice_equal(enabled, SLICE("f")))
		return "a switch that is neither on nor off";
	if ((hash.p != NULL && !is_hash(hash)) ||
	    (last.p != NULL && !is_hash(last)))
		return "a token's hash that is no SHA-256 in hexadecimal";
	if ((until.p != NULL) != (last.p != NULL) ||
	    (until.p != NULL && slice_number(until) == -1))
		return "an end of a token that is no time";
	if (wrapper.p != NULL && !wrapper_is_key(wrapper))
		return "a wrapper key that is no pointer";
	buf_printf(b, "%s %d %s %s %s%s%s\n", id.p, enabled.p[0] == 't',
	    hash.p == NULL ? "-" : hash.p, last.p == NULL ? "-" : last.p,
	    until.p == NULL ? "-" : until.p, wrapper.p == NULL ? "" : " ",
	    wrapper.p == NULL ? "" : wrapper.p);
	return NULL;
}

void
roster_end(struct buf *b)
{
	line_sum(b);
}

bool
roster_is_sound(const struct buf *b, char database[UUID_TEXT_BYTES])
{
	const char *line;
	struct uuid id;

	if (b->len < HEAD_BYTES + LINE_SUM_BYTES ||
	    memcmp(b->data, magic.p, magic.len) != 0 ||
	    !line_sum_fits(b->data, b->len))
		return false;
	line = b->data + magic.len;
	if (memcmp(line, database_name.p, database_name.len) != 0 ||
	    b->data[HEAD_BYTES - 1] != '\n' ||
	    uuid_parse(&id, line + database_name.len, UUID_BYTES) == -1)
		return false;
	uuid_format(&id, database);
	return true;
}

/* Cut the next word off a line. */
static struct slice
word(struct slice *line)
{
	const char *blank = memchr(line->p, ' ', line->len);
	struct slice w = *line;

	if (blank != NULL)
		w.len = (size_t)(blank - line->p);
	line->p += w.len + (blank != NULL);
	line->len -= w.len + (blank != NULL);
	return w;
}

/* Compare bytes; the result is like memcmp()'s. */
static int
compare(struct slice a, struct slice b)
{
	int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Find the rest of an integration's line, behind its id; absent if none. */
static struct slice
find(const struct buf *b, struct slice id)
{
	const char *low = b->data + HEAD_BYTES;
	const char *high = b->data + b->len - LINE_SUM_BYTES;

	while (low < high) {
		const char *middle = low + (high - low) / 2, *bol, *eol;
		struct slice line;
		int order;

		bol = memrchr(low, '\n', (size_t)(middle - low));
		bol = bol == NULL ? low : bol + 1;
		eol = memchr(middle, '\n', (size_t)(high - middle));
		if (eol == NULL)
			break;
		line = (struct slice){bol, (size_t)(eol - bol)};
		order = compare(id, word(&line));
		if (order == 0)
			return line;
		if (order < 0)
			high = bol;
		else
			low = eol + 1;
	}
	return (struct slice){NULL, 0};
}

/* Parse a hash, or - for none; return false for anything else. */
static bool
read_hash(struct slice w, bool *there, unsigned char hash[DIGEST_BYTES])
{
	*there = !slice_equal(w, SLICE("-"));
	return !*there || digest_from_hex(hash, w.p, w.len) == 0;
}

static bool
read_terms(struct slice line, struct terms *t)
{
	struct slice enabled = word(&line), now = word(&line);
	struct slice before = word(&line), until = word(&line);

	t->enabled = slice_equal(enabled, SLICE("1"));
	if (!read_hash(now, &t->has_token, t->now) ||
	    !read_hash(before, &t->has_before, t->before))
		return false;
	t->until = t->has_before ? slice_number(until) : 0;
	t->wrapper = line.len > 0 ? line : (struct slice){NULL, 0};
	return t->until != -1 && (line.len == 0 || wrapper_is_key(line));
}

bool
roster_has(const struct buf *b, struct slice integration_id)
{
	return integration_id.p != NULL && find(b, integration_id).p != NULL;
}

bool
roster_admits(const struct buf *b, const struct origin *from,
    struct slice *wrapper)
{
	struct slice line = find(b, from->integration_id);
	struct terms t;

	if (line.p == NULL || !read_terms(line, &t) || !t.enabled)
		return false;
	if (wrapper != NULL)
		*wrapper = t.wrapper;
	if (!t.has_token)
		return true;
	if (!from->has_token)
		return false;
	return digest_equal(t.now, from->token_hash) ||
	    (t.has_before && t.until > clock_wall_us() &&
		digest_equal(t.before, from->token_hash));
}
