/* SPDX-License-Identifier: ISC */
#include "spool/drain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "db/batch.h"
#include "event/event.h"
#include "json/json.h"
#include "spool/admission.h"
#include "spool/backlog.h"
#include "spool/record.h"

/*
 * The database may forget event ids that are older than its log; a file this
 * old might be applied twice, so a person has to look at it.
 */
#define AGE_MAX_US (INT64_C(30) * 24 * 3600 * 1000000)

#define HELD_MAX 16 /* so many keys at a time */

struct drain {
	const struct spool_dir *d;
	struct admission *admission;
	char database[UUID_TEXT_BYTES]; /* that we drain into */
	char names[BATCH_EVENTS_MAX][SPOOL_NAME_BYTES];
	struct batch args;
	int place[BATCH_EVENTS_MAX]; /* of the i-th of args in names */
	struct receipt receipts[BATCH_EVENTS_MAX];
	struct buf file;
	struct json_list scratch;
	struct gate held; /* keys that could not be stored a while ago */
	int held_n; /* and how many */
	int64_t held_until;
};

struct drain *
drain_open(const struct spool_dir *d)
{
	struct drain *dr = calloc(1, sizeof(*dr));

	if (dr == NULL)
		return NULL;
	dr->d = d;
	dr->admission = admission_open(d);
	dr->file.max = RECORD_BYTES_MAX;
	if (dr->admission == NULL) {
		free(dr);
		return NULL;
	}
	return dr;
}

/* Into bad/.  0, or -1 when even that failed. */
static int
reject(struct drain *dr, const char *name, const char *reason,
    struct drained *count)
{
	if (backlog_reject(dr->d, name, reason) == -1) {
		log_warn("could not move \"%s\" to bad/", name);
		return -1;
	}
	log_warnx("spool: \"%s\" went to bad/: %s", name, reason);
	count->rejected++;
	return 0;
}

static bool
is_foreign(const struct drain *dr, const struct origin *from)
{
	struct slice ours = {dr->database, UUID_TEXT_BYTES - 1};

	return from->database.p != NULL && !slice_equal(from->database, ours);
}

/*
 * Read the i-th file into the call.  Returns 0; -1 when the disk or memory
 * fails.  A file that is gone, or had to go to bad/, is no failure.
 */
static int
add(struct drain *dr, int i, struct drained *count)
{
	const char *name = dr->names[i], *why;
	struct origin from;
	struct event ev;
	enum outcome res;

	if (backlog_read(dr->d, name, &dr->file) == -1) {
		if (errno == ENOENT)
			return 0;
		if (errno == EFBIG)
			return reject(dr, name, "no event is so long", count);
		log_warn("could not read \"%s\" in the spool", name);
		return -1;
	}
	res = record_read(&dr->file, &from, &ev, &dr->scratch, &why);
	if (res == OUTCOME_UNAVAILABLE)
		return -1;
	if (res != OUTCOME_OK)
		return reject(dr, name, why, count);
	if (is_foreign(dr, &from)) {
		event_free(&ev);
		return reject(dr, name, "of another database", count);
	}
	if (clock_wall_us() - from.received_at > AGE_MAX_US) {
		event_free(&ev);
		return reject(dr, name, "older than 30 days", count);
	}
	dr->place[dr->args.n] = i;
	batch_add(&dr->args, &ev);
	event_free(&ev);
	return 0;
}

/* Delete the file whose receipt says it is safe, or say why it is not. */
static int
settle(struct drain *dr, size_t i, struct drained *count)
{
	const char *name = dr->names[dr->place[i]];
	enum outcome o = dr->receipts[i].outcome;

	if (o == OUTCOME_UNAVAILABLE)
		return -1;
	if (!outcome_is_accepted(o))
		return reject(dr, name, outcome_label(o), count);
	if (backlog_remove(dr->d, name) == -1 && errno != ENOENT) {
		log_warn("could not delete \"%s\" from the spool", name);
		return -1;
	}
	count->stored++;
	return 0;
}

static int
settle_all(struct drain *dr, struct drained *count)
{
	for (size_t i = 0; i < dr->args.n; i++)
		if (settle(dr, i, count) == -1)
			return -1;
	return 0;
}

/*
 * The database is there and will not take this one now, as when its alert is
 * locked: others need not wait for it, but those of its key.  When many are
 * so, it is not about them.
 */
static enum drain_end
hold(struct drain *dr, const char *name)
{
	unsigned key = spool_name_key(name);

	dr->held.keys[key / 64] |= UINT64_C(1) << key % 64;
	dr->held_until = clock_ms() + DRAIN_HOLD_MS;
	return ++dr->held_n < HELD_MAX ? DRAIN_MORE : DRAIN_OUTAGE;
}

/*
 * Store the n files from the first-th on.  The length of the call stays
 * bounded by bytes too: what did not fit is left for the next time.
 */
static enum drain_end
store(struct drain *dr, struct db *db, int first, int n, struct drained *count,
    int64_t deadline)
{
	enum outcome o;
	size_t bytes = 0;

	batch_begin(&dr->args);
	for (int i = first; i < first + n && bytes <= BATCH_BYTES_MAX; i++) {
		if (add(dr, i, count) == -1)
			return DRAIN_OUTAGE;
		bytes += dr->file.len;
	}
	if (dr->args.n == 0)
		return DRAIN_MORE;
	if (batch_end(&dr->args) == -1)
		return DRAIN_OUTAGE;
	o = db_ingest(db, &dr->args, dr->receipts, deadline);
	if (o == OUTCOME_OK)
		return settle_all(dr, count) == -1 ? DRAIN_OUTAGE : DRAIN_MORE;
	if (o != OUTCOME_INVALID && !db_tick(db))
		return DRAIN_OUTAGE;
	if (dr->args.n > 1)
		return DRAIN_BUSY;
	if (o != OUTCOME_INVALID)
		return hold(dr, dr->names[dr->place[0]]);
	return reject(dr, dr->names[dr->place[0]], "refused by the database",
		   count) == -1
	    ? DRAIN_OUTAGE
	    : DRAIN_MORE;
}

/*
 * One event of the batch is at fault, or its alert is locked: find it.  What
 * is behind a locked one may be of its key and waits for the next batch.
 */
static enum drain_end
store_singly(struct drain *dr, struct db *db, int n, struct drained *count,
    int64_t deadline)
{
	enum drain_end end = DRAIN_MORE;
	int held = dr->held_n;

	for (int i = 0; i < n && end == DRAIN_MORE && dr->held_n == held &&
	     clock_left_ms(deadline) > DRAIN_CALL_MS;
	     i++)
		end = store(dr, db, i, 1, count, deadline);
	return end;
}

/*
 * Whose the spool is.  Asked for each batch, since a connection that is made
 * anew may lead elsewhere.
 */
static enum drain_end
look_at_owner(struct drain *dr, struct db *db, int64_t deadline)
{
	enum outcome res;

	res = admission_compare(dr->admission, db, dr->database, deadline);
	if (res == OUTCOME_FORBIDDEN)
		return DRAIN_FOREIGN;
	return res == OUTCOME_OK ? DRAIN_MORE : DRAIN_OUTAGE;
}

enum drain_end
drain_batch(struct drain *dr, struct db *db, struct drained *count,
    int64_t deadline)
{
	enum drain_end end = DRAIN_EMPTY;
	int lock, n = -1;

	lock = spool_dir_lock(dr->d, SPOOL_DIR_DRAIN, 0);
	if (lock == -1)
		return errno == EWOULDBLOCK ? DRAIN_BUSY : DRAIN_OUTAGE;
	if (dr->held_n > 0 && clock_left_ms(dr->held_until) == 0) {
		memset(&dr->held, 0, sizeof(dr->held));
		dr->held_n = 0;
	}
	if (dr->held_n < HELD_MAX)
		n = backlog_list(dr->d, dr->names, BATCH_EVENTS_MAX, &dr->held);
	if (n == -1)
		end = DRAIN_OUTAGE;
	if (n > 0)
		end = look_at_owner(dr, db, deadline);
	if (n > 0 && end == DRAIN_MORE) {
		end = store(dr, db, 0, n, count, deadline);
		if (end == DRAIN_BUSY)
			end = store_singly(dr, db, n, count, deadline);
	}
	close(lock);
	return end;
}

void
drain_close(struct drain *dr)
{
	if (dr == NULL)
		return;
	admission_close(dr->admission);
	batch_free(&dr->args);
	buf_free(&dr->file);
	json_list_free(&dr->scratch);
	free(dr);
}
