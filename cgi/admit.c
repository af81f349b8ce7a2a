/* SPDX-License-Identifier: ISC */
#include "admit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "digest.h"
#include "log.h"

#define FILE_BYTES_MAX (64 * 1024 * 1024)
#define STALE_S 5
#define HEX_BYTES ((size_t)DIGEST_HEX_BYTES - 1)

/*
 * The file: this line; then, for each integration in the order of their ids,
 * id, 1 or 0 for enabled, hash of the token, hash of the one before and
 * until when that is good (microseconds since 1970), where - is none; then
 * the checksum of all that.
 */
static const struct slice magic = {"tocsin integrations 1\n", 22};
static const struct slice sum_name = {"sha256 ", 7};

struct admit {
	const struct spooldir *d;
	pthread_mutex_t lock; /* over all that follows */
	struct buf text; /* of the file that seen describes, if valid */
	bool valid;
	struct stat seen;
};

struct admit *
admit_open(const struct spooldir *d)
{
	struct admit *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->d = d;
	a->text.max = FILE_BYTES_MAX;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

/* Append the last line, over all that stands above it. */
static void
add_sum(struct buf *b)
{
	unsigned char sum[DIGEST_BYTES];
	char text[DIGEST_HEX_BYTES];

	if (b->failed)
		return;
	digest_sha256(b->data, b->len, sum);
	digest_hex(sum, text);
	buf_printf(b, "%s%s\n", sum_name.p, text);
}

/* Whether b is whole, to the last byte. */
static bool
is_sound(const struct buf *b)
{
	struct buf line = {.max = 128};
	size_t tail = sum_name.len + HEX_BYTES + 1;
	unsigned char sum[DIGEST_BYTES];
	char text[DIGEST_HEX_BYTES];
	bool sound;

	if (b->len < magic.len + tail ||
	    memcmp(b->data, magic.p, magic.len) != 0)
		return false;
	digest_sha256(b->data, b->len - tail, sum);
	digest_hex(sum, text);
	buf_printf(&line, "%s%s\n", sum_name.p, text);
	sound = !line.failed && line.len == tail &&
	    memcmp(b->data + b->len - tail, line.data, tail) == 0;
	buf_free(&line);
	return sound;
}

static int
read_all(int fd, struct buf *b)
{
	ssize_t n = 0;
	char *p;

	buf_reset(b);
	do {
		p = buf_reserve(b, 16384);
		if (p == NULL)
			return -1;
		n = read(fd, p, 16384);
		if (n > 0)
			b->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == -1 ? -1 : 0;
}

/*
 * Called with the lock held: have the file as it is now.  One that can not
 * be read, for want of descriptors or memory, is tried again next time.
 */
static void
load(struct admit *a)
{
	struct stat st;
	int fd;

	if (fstatat(a->d->dir, ADMIT_FILE_NAME, &st, 0) == -1) {
		a->valid = false;
		a->seen.st_ino = 0;
		return;
	}
	if (st.st_ino == a->seen.st_ino && st.st_size == a->seen.st_size &&
	    st.st_ctim.tv_sec == a->seen.st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == a->seen.st_ctim.tv_nsec)
		return;
	a->valid = false;
	a->seen.st_ino = 0;
	fd = openat(a->d->dir, ADMIT_FILE_NAME, O_RDONLY | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && read_all(fd, &a->text) == 0) {
		a->valid = is_sound(&a->text);
		a->seen = st;
	}
	if (fd != -1)
		close(fd);
	if (!a->valid)
		log_warnx("the copy of the integrations in the spool is "
			  "damaged: nothing can be spooled until the "
			  "database is back");
}

/* The line of an integration, after its id and a blank; absent if none. */
static struct slice
find(const struct buf *b, struct slice id)
{
	const char *p = b->data + magic.len, *end = b->data + b->len, *eol;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			break;
		if ((size_t)(eol - p) > id.len && p[id.len] == ' ' &&
		    memcmp(p, id.p, id.len) == 0)
			return (struct slice){p + id.len + 1,
			    (size_t)(eol - p) - id.len - 1};
	}
	return (struct slice){NULL, 0};
}

/* The next word of a line. */
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

/* In a time that does not tell how much of it was right. */
static bool
is_hash(struct slice known, const char sent[DIGEST_HEX_BYTES])
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];

	digest_sha256(known.p, known.len, a);
	digest_sha256(sent, HEX_BYTES, b);
	return digest_equal(a, b);
}

static enum outcome
judge(struct slice line, const struct origin *from)
{
	struct slice enabled = word(&line), now = word(&line);
	struct slice before = word(&line), until = word(&line);
	char sent[DIGEST_HEX_BYTES] = "";
	int64_t expires;

	if (!slice_equal(enabled, SLICE("1")))
		return OUTCOME_UNAVAILABLE;
	if (slice_equal(now, SLICE("-")))
		return OUTCOME_OK;
	if (!from->has_token)
		return OUTCOME_FORBIDDEN;
	digest_hex(from->token_hash, sent);
	expires = strtoll(until.p, NULL, 10);
	if (is_hash(now, sent) ||
	    (expires > clock_wall_us() && is_hash(before, sent)))
		return OUTCOME_OK;
	return OUTCOME_FORBIDDEN;
}

enum outcome
admit_check(struct admit *a, const struct origin *from)
{
	enum outcome res = OUTCOME_UNAVAILABLE;
	struct slice line;

	pthread_mutex_lock(&a->lock);
	load(a);
	if (a->valid) {
		line = find(&a->text, from->integration_id);
		if (line.p != NULL)
			res = judge(line, from);
	}
	pthread_mutex_unlock(&a->lock);
	return res;
}

bool
admit_is_stale(const struct admit *a)
{
	struct stat st;

	return fstatat(a->d->dir, ADMIT_FILE_NAME, &st, 0) == -1 ||
	    time(NULL) - st.st_mtime >= STALE_S || st.st_mtime > time(NULL);
}

/* The \x of bytea's text is not ours. */
static const char *
hash_text(const char *cell)
{
	return cell == NULL || strncmp(cell, "\\x", 2) != 0 ? "-" : cell + 2;
}

int
admit_refresh(struct admit *a, struct db *db, int64_t deadline)
{
	struct buf b = {.max = FILE_BYTES_MAX};
	struct db_rows rows;
	int rc = -1;

	if (db_query(db, DB_ADMISSION, NULL, &rows, deadline) != OUTCOME_OK)
		goto out;
	buf_append(&b, magic.p, magic.len);
	for (int i = 0; i < rows.n; i++) {
		const char *until = db_cell(&rows, i, 4);

		buf_printf(&b, "%s %d %s %s %s\n", db_cell(&rows, i, 0),
		    db_cell(&rows, i, 1)[0] == 't',
		    hash_text(db_cell(&rows, i, 2)),
		    hash_text(db_cell(&rows, i, 3)),
		    until == NULL ? "-" : until);
	}
	add_sum(&b);
	pthread_mutex_lock(&a->lock);
	load(a);
	if (!b.failed && a->valid && a->text.len == b.len &&
	    memcmp(a->text.data, b.data, b.len) == 0)
		rc = utimensat(a->d->dir, ADMIT_FILE_NAME, NULL, 0);
	else if (!b.failed)
		rc = spooldir_replace(a->d, ADMIT_FILE_NAME, b.data, b.len);
	pthread_mutex_unlock(&a->lock);
	if (rc == -1)
		log_warn("could not keep a copy of the integrations");
out:
	db_rows_free(&rows);
	buf_free(&b);
	return rc;
}

void
admit_close(struct admit *a)
{
	if (a == NULL)
		return;
	pthread_mutex_destroy(&a->lock);
	buf_free(&a->text);
	free(a);
}
