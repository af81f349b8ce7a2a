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
#include "spool/held.h"
#include "spool/listing.h"
#include "spool/record.h"
#include "spool/tally.h"

/*
 * What is younger is in the database's log for certain, if it was stored
 * before: that is kept for 31 days at least.
 */
#define AGE_MAX_US (INT64_C(30) * 24 * 3600 * 1000000)

/*
 * After so many failed calls in a row the trouble may be everybody's: pause,
 * so as not to try each event that waits.
 */
#define FAILURES_MAX 16

/*
 * At first and after a failed call, so many must succeed singly before several
 * events are tried in one; then each may have twice as many as the one before.
 */
#define CAREFUL_CALLS 8

/*
 * So many names are listed at once: to read new/ takes as long as there are
 * files, which may be as many as there are batches.
 */
#define LISTED_MAX (16 * BATCH_EVENTS_MAX)

/* Of so many batches one is of due keys, though there are others. */
#define RETRY_TURN 4

struct drain {
	const struct spool_dir *d;
	struct admission *admission;
	struct held *held;
	struct db *db; /* of this batch, and its deadline */
	int64_t deadline;
	bool log_known; /* the next one */
	int64_t log_since; /* an older event may be stored and forgotten */
	char database[UUID_TEXT_BYTES]; /* that we drain into */
	char listed[LISTED_MAX][SPOOL_NAME_BYTES]; /* in order */
	int listed_n, listed_at; /* those from listed_at on are to come */
	uint64_t edition; /* of held, as it was then */
	char (*names)[SPOOL_NAME_BYTES]; /* of this batch, among listed */
	unsigned senders[BATCH_EVENTS_MAX]; /* hashes of their integrations */
	struct batch args;
	int place[BATCH_EVENTS_MAX]; /* of the i-th of args in names */
	struct receipt receipts[BATCH_EVENTS_MAX];
	struct buf file;
	struct json_list scratch;
	uint64_t skip[SPOOL_KEYS / 64];
	uint64_t troubled[SPOOL_KEYS / 64]; /* senders, by hash, this round */
	unsigned turn;
	int next; /* the first of names that store() did not look at */
	int careful; /* calls to be made singly */
	int size; /* of one after that: events at most */
	int failures; /* calls in a row that the database refused */
	bool suspect; /* FAILURES_MAX was reached, and nothing stored since */
};

/* A call has failed, or it is the first. */
static void
be_careful(struct drain *dr)
{
	dr->careful = CAREFUL_CALLS;
	dr->size = 1;
}

struct drain *
drain_open(const struct spool_dir *d)
{
	struct drain *dr = calloc(1, sizeof(*dr));

	if (dr == NULL)
		return NULL;
	dr->d = d;
	dr->admission = admission_open(d);
	dr->held = held_open();
	dr->file.max = RECORD_BYTES_MAX;
	be_careful(dr);
	if (dr->admission == NULL || dr->held == NULL) {
		drain_close(dr);
		return NULL;
	}
	return dr;
}

/* Move a file to bad/; set its key aside if even that fails. */
static void
reject(struct drain *dr, const char *name, const char *reason,
    struct drained *count)
{
	if (backlog_reject(dr->d, name, reason) == -1) {
		held_add(dr->held, name, "it cannot be moved to bad/");
		return;
	}
	log_warnx("spool: \"%s\" went to bad/: %s", name, reason);
	held_remove(dr->held, name);
	count->rejected++;
}

/*
 * A file that cannot be read holds up nothing but its key.  Returns -1 when
 * the fault is ours: no descriptors or memory.
 */
static int
set_unreadable_aside(struct drain *dr, const char *name, struct drained *count)
{
	char why[HELD_WHY_BYTES];

	switch (errno) {
	case ENOENT:
		held_remove(dr->held, name);
		return 0;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		log_warn("could not read \"%s\" in the spool", name);
		return -1;
	case EFBIG:
		reject(dr, name, "no event is so long", count);
		return 0;
	case EINVAL:
		reject(dr, name, "not a regular file", count);
		return 0;
	default:
		snprintf(why, sizeof(why), "it cannot be read: %s",
		    strerror(errno));
		held_add(dr->held, name, why);
		return 0;
	}
}

static bool
is_troubled(const struct drain *dr, unsigned sender)
{
	return (dr->troubled[sender / 64] >> sender % 64 & 1) != 0;
}

static void
set_troubled(struct drain *dr, unsigned sender, bool troubled)
{
	uint64_t bit = UINT64_C(1) << sender % 64;

	if (troubled)
		dr->troubled[sender / 64] |= bit;
	else
		dr->troubled[sender / 64] &= ~bit;
}

static bool
is_foreign(const struct drain *dr, const struct origin *from)
{
	struct slice ours = {dr->database, UUID_TEXT_BYTES - 1};

	return from->database.p != NULL && !slice_equal(from->database, ours);
}

/* Return why the event must not be stored, or NULL. */
static const char *
objection(const struct drain *dr, const struct origin *from, const char *name)
{
	if (is_foreign(dr, from))
		return "of another database";
	if (clock_wall_us() - from->received_at > AGE_MAX_US &&
	    from->received_at < dr->log_since &&
	    !backlog_is_approved(dr->d, name))
		return "older than the database's log, so that it may have "
		       "been stored before; tocsin spool retry-bad stores it";
	return NULL;
}

/*
 * Ask once for each batch how far back the database's log goes.  Returns 0,
 * or -1 if it does not say.
 */
static int
ask_log_since(struct drain *dr)
{
	const char *cell;
	struct rows rows;
	int rc = -1;

	if (dr->log_known)
		return 0;
	if (db_query(dr->db, DB_LOG_SINCE, NULL, &rows, dr->deadline) ==
		OUTCOME_OK &&
	    rows.n == 1) {
		cell = rows_at(&rows, 0, 0);
		dr->log_since =
		    cell == NULL ? INT64_MIN : strtoll(cell, NULL, 10);
		dr->log_known = true;
		rc = 0;
	}
	rows_free(&rows);
	return rc;
}

/*
 * Read the i-th file into the call, unless its key waits.  When an event of
 * the same integration was just refused, this one waits untried, so that one
 * integration's locked alerts do not take everybody's time.  Returns 0, or
 * -1 when there is no memory, no descriptor or no database.
 */
static int
add(struct drain *dr, int i, struct drained *count)
{
	const char *name = dr->names[i], *why;
	struct origin from;
	struct event ev;
	enum outcome res;

	dr->file.len = 0;
	if (held_waits(dr->held, name))
		return 0;
	if (backlog_read(dr->d, name, &dr->file) == -1)
		return set_unreadable_aside(dr, name, count);
	res = record_read(&dr->file, &from, &ev, &dr->scratch, &why);
	if (res == OUTCOME_UNAVAILABLE)
		return -1;
	if (res != OUTCOME_OK) {
		reject(dr, name, why, count);
		return 0;
	}
	if (clock_wall_us() - from.received_at > AGE_MAX_US &&
	    ask_log_since(dr) == -1) {
		event_free(&ev);
		if (!db_tick(dr->db))
			return -1;
		held_add(dr->held, name,
		    "the database does not say how far back its log goes");
		return 0;
	}
	why = objection(dr, &from, name);
	dr->senders[i] = spool_sender(&from);
	if (why != NULL) {
		reject(dr, name, why, count);
	} else if (is_troubled(dr, dr->senders[i])) {
		held_defer(dr->held, name, "others of its integration wait");
	} else {
		dr->place[dr->args.n] = i;
		batch_add(&dr->args, &ev);
	}
	event_free(&ev);
	return 0;
}

/*
 * See that the file whose event is stored was deleted.  Returns -1 when the
 * disk fails.
 */
static int
settle_stored(struct drain *dr, const char *name, int error,
    struct drained *count)
{
	if (error != 0 && error != ENOENT) {
		errno = error;
		log_warn("could not delete \"%s\" from the spool", name);
		if (error == EROFS || error == EIO || error == EWOULDBLOCK)
			return -1;
		held_add(dr->held, name, "it is stored but cannot be deleted");
		return 0;
	}
	held_remove(dr->held, name);
	count->stored++;
	return 0;
}

/*
 * Delete the files whose receipts say that their events are safe.  Returns
 * -1 when the disk fails.
 */
static int
settle(struct drain *dr, struct drained *count)
{
	const char *stored[BATCH_EVENTS_MAX] = {NULL};
	int errors[BATCH_EVENTS_MAX], rc = 0;
	size_t n = 0;

	for (size_t i = 0; i < dr->args.n; i++) {
		const char *name = dr->names[dr->place[i]];
		enum outcome o = dr->receipts[i].outcome;

		if (o == OUTCOME_UNAVAILABLE)
			held_add(dr->held, name,
			    "the database gave no verdict");
		else if (outcome_is_accepted(o))
			stored[n++] = name;
		else
			reject(dr, name, outcome_label(o), count);
	}
	backlog_remove(dr->d, stored, n, errors);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = settle_stored(dr, stored[i], errors[i], count);
	return rc;
}

/* One has succeeded. */
static void
be_bolder(struct drain *dr)
{
	if (dr->careful > 0)
		dr->careful--;
	else if (dr->size < BATCH_EVENTS_MAX)
		dr->size *= 2;
}

/* Settle the files of a call that succeeded, and release their keys. */
static enum drain_end
settle_all(struct drain *dr, struct drained *count)
{
	enum drain_end end = DRAIN_MORE;

	for (size_t i = 0; i < dr->args.n; i++)
		set_troubled(dr, dr->senders[dr->place[i]], false);
	if (settle(dr, count) == -1)
		end = DRAIN_OUTAGE;
	if (dr->suspect)
		held_release(dr->held);
	dr->suspect = false;
	dr->failures = 0;
	be_bolder(dr);
	return end;
}

/* The database is there and did not take this one. */
static void
set_refused_aside(struct drain *dr, struct db *db, enum outcome o,
    struct drained *count)
{
	static const char what[] = "refused by the database: ";
	const char *name = dr->names[dr->place[0]];
	char why[HELD_WHY_BYTES];

	be_careful(dr);
	memcpy(why, what, sizeof(what));
	db_error(db, why + sizeof(what) - 1, sizeof(why) - sizeof(what) + 1);
	if (o == OUTCOME_INVALID) {
		reject(dr, name, why, count);
		return;
	}
	dr->failures++;
	set_troubled(dr, dr->senders[dr->place[0]], true);
	held_add(dr->held, name, why);
}

/*
 * The connection was lost in this call.  That may be an outage, or the doing
 * of one of the events, and then would be again with each new connection: so
 * they must not be the first that are tried on it.  One that was alone, and
 * was set aside before, is at fault.
 */
static void
set_lost_aside(struct drain *dr, struct db *db, struct drained *count)
{
	const char *name = dr->names[dr->place[0]];

	be_careful(dr);
	if (dr->args.n == 1 && held_has(dr->held, name)) {
		set_refused_aside(dr, db, OUTCOME_UNAVAILABLE, count);
		return;
	}
	/* Another of its integration may well do the same. */
	if (dr->args.n == 1)
		set_troubled(dr, dr->senders[dr->place[0]], true);
	for (size_t i = 0; i < dr->args.n; i++)
		held_defer(dr->held, dr->names[dr->place[i]],
		    "the connection was lost when it was to be stored");
}

/*
 * Store files from the first-th on, n at most; dr->next is the first that
 * had no room in the call.  DRAIN_BUSY: one of several is at fault.
 */
static enum drain_end
store(struct drain *dr, struct db *db, int first, int n, struct drained *count,
    int64_t deadline)
{
	enum outcome o;
	size_t bytes = 0;

	batch_begin(&dr->args);
	for (dr->next = first; dr->next < first + n && bytes <= BATCH_BYTES_MAX;
	     dr->next++) {
		if (add(dr, dr->next, count) == -1)
			return DRAIN_OUTAGE;
		bytes += dr->file.len;
	}
	if (dr->args.n == 0)
		return DRAIN_MORE;
	if (batch_end(&dr->args) == -1)
		return DRAIN_OUTAGE;
	o = db_ingest(db, &dr->args, dr->receipts, deadline);
	if (o == OUTCOME_OK)
		return settle_all(dr, count);
	if (o != OUTCOME_INVALID && !db_tick(db)) {
		set_lost_aside(dr, db, count);
		return DRAIN_OUTAGE;
	}
	if (dr->args.n > 1)
		return DRAIN_BUSY;
	set_refused_aside(dr, db, o, count);
	return DRAIN_MORE;
}

/* Store the n files: in one call, or in small ones after one has failed. */
static enum drain_end
store_all(struct drain *dr, struct db *db, int n, struct drained *count,
    int64_t deadline)
{
	enum drain_end end = DRAIN_MORE;
	int i = 0, some;

	while (i < n && end == DRAIN_MORE) {
		some = dr->careful > 0 ? 1 : dr->size;
		if (some > n - i)
			some = n - i;
		/* Whatever is locked takes that long to fail. */
		if (i > 0 && clock_left_ms(deadline) <= DRAIN_CALL_MS)
			break;
		end = store(dr, db, i, some, count, deadline);
		if (end == DRAIN_BUSY) {
			be_careful(dr);
			end = DRAIN_MORE;
		} else {
			i = dr->next;
		}
		if (dr->failures >= FAILURES_MAX && end == DRAIN_MORE) {
			dr->failures = 0;
			dr->suspect = true;
			end = DRAIN_PAUSE;
		}
	}
	dr->listed_at += i;
	return end;
}

/*
 * Check that the spool belongs to this database; for each batch, since a new
 * connection may lead to another.
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

/*
 * List files for several batches, or the due ones for the next batch alone.
 * Returns how many, or -1 with errno.
 */
static int
list_anew(struct drain *dr, bool due)
{
	size_t max = due ? BATCH_EVENTS_MAX : LISTED_MAX;
	int n;

	held_skip(dr->held, dr->skip, due);
	n = listing_names(dr->d, dr->listed, max, dr->skip);
	dr->listed_at = 0;
	dr->listed_n = due || n == -1 ? 0 : n;
	dr->edition = held_edition(dr->held);
	return n;
}

/*
 * Whether the keys of all that waits are set aside.  The counts tell, so that
 * new/ is not read again and again for nothing.
 */
static bool
is_all_held(struct drain *dr)
{
	struct gate g;

	if (held_count(dr->held) == 0 || tally_gate(dr->d, &g) == -1)
		return false;
	held_skip(dr->held, dr->skip, false);
	for (size_t i = 0; i < SPOOL_SET_WORDS(SPOOL_KEYS); i++)
		if ((g.keys[i] & ~dr->skip[i]) != 0)
			return false;
	return true;
}

/*
 * As list_anew(), but go on with what was listed while that is sure to be
 * the oldest of its keys: while none was set aside or released.  What came
 * later has a higher number; what another process has stored is not found.
 */
static int
list_next(struct drain *dr)
{
	if (dr->listed_at < dr->listed_n &&
	    dr->edition == held_edition(dr->held))
		return dr->listed_n - dr->listed_at;
	return is_all_held(dr) ? 0 : list_anew(dr, false);
}

static int
list_due(struct drain *dr)
{
	int n;

	memset(dr->troubled, 0, sizeof(dr->troubled));
	if (!held_has_due(dr->held))
		return 0;
	n = list_anew(dr, true);
	be_careful(dr);
	if (n == 0)
		held_drop_due(dr->held);
	return n;
}

/*
 * List what to store next: first the files whose keys are not set aside; if
 * there are none, and from time to time, those whose keys are due again.
 */
static int
list(struct drain *dr)
{
	bool retry = held_count(dr->held) > 0 && ++dr->turn % RETRY_TURN == 0;
	int n = retry ? list_due(dr) : list_next(dr);

	if (n == 0)
		n = retry ? list_next(dr) : list_due(dr);
	dr->names = dr->listed + dr->listed_at;
	return n < BATCH_EVENTS_MAX ? n : BATCH_EVENTS_MAX;
}

/* List and store one batch. */
static enum drain_end
drain_some(struct drain *dr, struct drained *count)
{
	int n = list(dr);

	if (n == -1)
		return DRAIN_OUTAGE;
	if (n > 0)
		return store_all(dr, dr->db, n, count, dr->deadline);
	if (held_count(dr->held) > 0)
		return DRAIN_HELD;
	tally_verify(dr->d);
	return DRAIN_EMPTY;
}

enum drain_end
drain_batch(struct drain *dr, struct db *db, struct drained *count,
    int64_t deadline)
{
	enum drain_end end;
	int lock;

	lock = spool_dir_lock(dr->d, SPOOL_DIR_DRAIN, 0);
	if (lock == -1) {
		dr->listed_n = 0;
		return errno == EWOULDBLOCK ? DRAIN_BUSY : DRAIN_OUTAGE;
	}
	dr->db = db;
	dr->deadline = deadline;
	dr->log_known = false;
	held_load(dr->held, dr->d);
	/* First, since in an outage there is nothing to read new/ for. */
	end = look_at_owner(dr, db, deadline);
	if (end == DRAIN_MORE)
		end = drain_some(dr, count);
	if (end != DRAIN_MORE)
		dr->listed_n = 0;
	held_save(dr->held, dr->d);
	close(lock);
	batch_trim(&dr->args);
	buf_reset(&dr->file);
	return end;
}

void
drain_retry_held(struct drain *dr)
{
	int lock = spool_dir_lock(dr->d, SPOOL_DIR_DRAIN, 0);

	/* Whoever is draining keeps to its own times. */
	if (lock == -1)
		return;
	held_load(dr->held, dr->d);
	held_release(dr->held);
	held_save(dr->held, dr->d);
	close(lock);
}

void
drain_close(struct drain *dr)
{
	if (dr == NULL)
		return;
	admission_close(dr->admission);
	held_close(dr->held);
	batch_free(&dr->args);
	buf_free(&dr->file);
	json_list_free(&dr->scratch);
	free(dr);
}
