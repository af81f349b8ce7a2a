/* SPDX-License-Identifier: ISC */
#include "spool/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/timing.h"
#include "spool/roster.h"

#define SECOND_US INT64_C(1000000)
#define ID_BYTES_MAX 68 /* of an integration's id: int_ and 64 more */
#define KEPT "the copy of the integrations stays as it was: "
#define HEARD_MAX 256 /* senders remembered at most */
#define NEAR 8 /* places where one of them may be */

/* A sender that the database let in at that time, 0 = none. */
struct heard {
	int64_t at; /* clock_wall_us() */
	size_t id_len;
	char id[ID_BYTES_MAX];
	bool has_token;
	unsigned char token_hash[DIGEST_BYTES];
	char wrapper[EVENT_WRAPPER_BYTES];
};

struct admission {
	const struct spool_dir *d;
	atomic_llong complained_at;
	pthread_mutex_t lock; /* over all that follows */
	struct buf text; /* of the file that seen describes, if valid */
	bool valid;
	struct stat seen;
	char owner[UUID_TEXT_BYTES]; /* the copy's database, if valid */
	char ours[UUID_TEXT_BYTES]; /* the one we talked to; "" = none yet */
	struct heard heard[HEARD_MAX];
	bool wanted; /* a refresh, at once */
	int64_t tried_at;
	void (*wake)(void *arg); /* NULL = nobody waits for it */
	void *arg;
};

struct admission *
admission_open(const struct spool_dir *d)
{
	struct admission *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->d = d;
	a->text.max = ROSTER_BYTES_MAX;
	a->tried_at = -ADMISSION_AGAIN_MS;
	a->complained_at = LOG_NEVER;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

/* Rate-limit warnings about a lasting problem. */
__attribute__((format(printf, 2, 3))) static void
complain(struct admission *a, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	if (!log_is_due(&a->complained_at, LOG_AGAIN_MS))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_warnx("%s", line);
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

static void
forget_copy(struct admission *a)
{
	a->valid = false;
	a->seen.st_ino = 0;
}

/*
 * Load the file if it has changed.  Called with the lock held.  If it cannot
 * be read, for lack of descriptors or memory, the next call tries again.
 */
static void
load(struct admission *a)
{
	struct stat st;
	int fd;

	if (a->d == NULL)
		return;
	if (fstatat(a->d->dir, ADMISSION_FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) ==
	    -1) {
		forget_copy(a);
		return;
	}
	if (st.st_ino == a->seen.st_ino && st.st_size == a->seen.st_size &&
	    st.st_ctim.tv_sec == a->seen.st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == a->seen.st_ctim.tv_nsec)
		return;
	forget_copy(a);
	fd = spool_dir_open_file(a->d->dir, ADMISSION_FILE_NAME, O_RDONLY);
	if (fd != -1 && fstat(fd, &st) == 0 && read_all(fd, &a->text) == 0) {
		a->valid = roster_is_sound(&a->text, a->owner);
		a->seen = st;
	}
	if (fd != -1)
		close(fd);
	if (!a->valid)
		complain(a,
		    "the copy of the integrations in the spool is "
		    "damaged: nothing can be spooled until the "
		    "database is back");
}

/* When the file was last so in the database. */
static int64_t
copied_at(const struct admission *a)
{
	return a->seen.st_mtim.tv_sec * SECOND_US +
	    a->seen.st_mtim.tv_nsec / 1000;
}

static bool
is_foreign(const struct admission *a)
{
	return a->valid && a->ours[0] != '\0' && strcmp(a->owner, a->ours) != 0;
}

/* Where a sender may be: the first of NEAR places in a ring. */
static size_t
place_of(const struct origin *from)
{
	const struct slice token = {(const char *)from->token_hash,
	    from->has_token ? 4 : 0};

	return hash_32(hash_32(HASH_START_32, from->integration_id), token);
}

static bool
is_sender(const struct heard *h, const struct origin *from)
{
	return h->at != 0 && h->id_len == from->integration_id.len &&
	    memcmp(h->id, from->integration_id.p, h->id_len) == 0 &&
	    h->has_token == from->has_token &&
	    (!h->has_token || digest_equal(h->token_hash, from->token_hash));
}

/* The place of a sender; failing that, the one that was longest not used. */
static struct heard *
find_heard(struct admission *a, const struct origin *from)
{
	size_t first = place_of(from);
	struct heard *oldest = NULL;

	for (size_t i = 0; i < NEAR; i++) {
		struct heard *h = &a->heard[(first + i) % HEARD_MAX];

		if (is_sender(h, from))
			return h;
		if (oldest == NULL || h->at < oldest->at)
			oldest = h;
	}
	return oldest;
}

/* The copy overrules what the database said before the copy was made. */
static bool
recalls(struct admission *a, const struct origin *from)
{
	const struct heard *h = find_heard(a, from);

	return is_sender(h, from) && (!a->valid || h->at >= copied_at(a));
}

/* Whether the copy lets a sender in; then it sets the wrapper. */
static bool
admits(const struct admission *a, struct origin *from)
{
	struct slice key;

	if (!a->valid || is_foreign(a) || !roster_admits(&a->text, from, &key))
		return false;
	snprintf(from->wrapper, sizeof(from->wrapper), "%.*s", (int)key.len,
	    key.p == NULL ? "" : key.p);
	return true;
}

bool
admission_vouches(struct admission *a, struct origin *from)
{
	bool vouches;

	pthread_mutex_lock(&a->lock);
	/* Most senders are in the copy: not worth a look at the file. */
	vouches = admits(a, from);
	if (!vouches) {
		load(a);
		vouches = admits(a, from);
	}
	if (!vouches && recalls(a, from)) {
		memcpy(from->wrapper, find_heard(a, from)->wrapper,
		    sizeof(from->wrapper));
		vouches = true;
	}
	pthread_mutex_unlock(&a->lock);
	return vouches;
}

enum outcome
admission_check(struct admission *a, const struct origin *from,
    char database[UUID_TEXT_BYTES])
{
	const char *whose = NULL;

	pthread_mutex_lock(&a->lock);
	load(a);
	if (is_foreign(a))
		whose = NULL;
	else if (a->valid && roster_admits(&a->text, from, NULL))
		whose = a->owner;
	else if (a->ours[0] != '\0' && recalls(a, from))
		whose = a->ours;
	if (whose != NULL)
		memcpy(database, whose, UUID_TEXT_BYTES);
	pthread_mutex_unlock(&a->lock);
	return whose != NULL ? OUTCOME_OK : OUTCOME_UNAVAILABLE;
}

bool
admission_has(struct admission *a, struct slice integration_id)
{
	bool has;

	pthread_mutex_lock(&a->lock);
	load(a);
	has = a->valid && roster_has(&a->text, integration_id);
	pthread_mutex_unlock(&a->lock);
	return has;
}

static void
remember(struct admission *a, const struct origin *from)
{
	struct heard *h = find_heard(a, from);

	if (from->integration_id.len > sizeof(h->id))
		return;
	h->at = clock_wall_us();
	h->id_len = from->integration_id.len;
	memcpy(h->id, from->integration_id.p, h->id_len);
	h->has_token = from->has_token;
	memcpy(h->token_hash, from->token_hash, sizeof(h->token_hash));
	memcpy(h->wrapper, from->wrapper, sizeof(h->wrapper));
}

/* Called with the lock held: whether the database knows more than the copy. */
static bool
has_erred(const struct admission *a, const struct origin *from, bool accepted)
{
	return accepted != (a->valid && roster_admits(&a->text, from, NULL));
}

void
admission_hear(struct admission *a, const struct origin *from, bool accepted)
{
	void (*wake)(void *arg) = NULL;

	/* Only a webhook has to show a token. */
	if (strcmp(from->source, "webhook") != 0)
		return;
	pthread_mutex_lock(&a->lock);
	/* Most often the copy agrees: not worth a look at the file. */
	if (has_erred(a, from, accepted)) {
		load(a);
		if (has_erred(a, from, accepted) && !a->wanted) {
			a->wanted = true;
			wake = a->wake;
		}
		if (accepted)
			remember(a, from);
	}
	if (!accepted && is_sender(find_heard(a, from), from))
		find_heard(a, from)->at = 0;
	pthread_mutex_unlock(&a->lock);
	if (wake != NULL)
		wake(a->arg);
}

void
admission_watch(struct admission *a, void (*wake)(void *arg), void *arg)
{
	pthread_mutex_lock(&a->lock);
	a->wake = wake;
	a->arg = arg;
	pthread_mutex_unlock(&a->lock);
}

bool
admission_is_due(struct admission *a)
{
	int64_t now = clock_wall_us();
	bool due;

	pthread_mutex_lock(&a->lock);
	load(a);
	due = a->wanted || !a->valid ||
	    now - copied_at(a) >= ADMISSION_STALE_S * SECOND_US ||
	    copied_at(a) > now;
	due = due && clock_ms() - a->tried_at >= ADMISSION_AGAIN_MS;
	pthread_mutex_unlock(&a->lock);
	return due;
}

/* Ask the database, and complain if it answers but refuses. */
static enum outcome
ask(struct admission *a, struct db *db, enum db_call what, struct rows *rows,
    int64_t deadline)
{
	enum outcome res = db_query(db, what, NULL, rows, deadline);

	/* Class 57: the server ends, or nobody waits for the answer. */
	if (res != OUTCOME_OK && rows->sqlstate[0] != '\0' &&
	    strncmp(rows->sqlstate, "57", 2) != 0)
		complain(a, KEPT "%s", rows->error);
	return res;
}

/*
 * Ask the database for its installation id.  OUTCOME_OK; OUTCOME_UNAVAILABLE
 * when it is away; OUTCOME_INVALID when it has none.
 */
static enum outcome
ask_database(struct admission *a, struct db *db, char database[UUID_TEXT_BYTES],
    int64_t deadline)
{
	const char *cell = NULL;
	struct rows rows;
	struct uuid id;
	enum outcome res;

	res = ask(a, db, DB_INSTALLATION, &rows, deadline);
	if (res == OUTCOME_OK && rows.n == 1)
		cell = rows_at(&rows, 0, 0);
	if (cell != NULL && uuid_parse(&id, cell, strlen(cell)) == 0)
		uuid_format(&id, database);
	else if (res == OUTCOME_OK)
		res = OUTCOME_INVALID;
	rows_free(&rows);
	return res;
}

/* All the integrations, as the file is to be.  Returns 0 or -1. */
static int
ask_integrations(struct admission *a, struct db *db, struct buf *b,
    int64_t deadline)
{
	const char *cells[ROSTER_COLUMNS], *before = NULL, *why = NULL;
	struct rows rows;
	int rc = -1;

	if (ask(a, db, DB_ADMISSION, &rows, deadline) != OUTCOME_OK)
		goto out;
	if (rows.columns != ROSTER_COLUMNS)
		why = "another number of columns";
	for (int row = 0; row < rows.n && why == NULL; row++) {
		for (int i = 0; i < ROSTER_COLUMNS; i++)
			cells[i] = rows_at(&rows, row, i);
		why = roster_add(b, cells, before);
		before = cells[0];
	}
	roster_end(b);
	if (why == NULL && !b->failed)
		rc = 0;
	if (why != NULL)
		complain(a, KEPT "the database answers with %s", why);
	else if (b->failed)
		complain(a, KEPT "all of them do not fit into it");
out:
	rows_free(&rows);
	return rc;
}

/* Called with the lock held: make b the copy, as it was at that time. */
static int
put(struct admission *a, const struct buf *b, int64_t at)
{
	struct timespec times[2];

	load(a);
	if (is_foreign(a)) {
		complain(a,
		    "spool \"%.100s\" is another database's: give each "
		    "a spool of its own; see tocsin.conf(5)",
		    a->d->conf->spool);
		return -1;
	}
	/* Another process was quicker and knows of later changes. */
	if (a->valid && copied_at(a) > at && copied_at(a) <= clock_wall_us())
		return 0;
	times[0] = (struct timespec){at / SECOND_US, at % SECOND_US * 1000};
	times[1] = times[0];
	if (a->valid && a->text.len == b->len &&
	    memcmp(a->text.data, b->data, b->len) == 0)
		return utimensat(a->d->dir, ADMISSION_FILE_NAME, times, 0);
	if (spool_dir_replace(a->d, ADMISSION_FILE_NAME, b->data, b->len) == -1)
		return -1;
	return utimensat(a->d->dir, ADMISSION_FILE_NAME, times, 0);
}

int
admission_refresh(struct admission *a, struct db *db, int64_t deadline)
{
	struct buf b = {.max = ROSTER_BYTES_MAX};
	char database[UUID_TEXT_BYTES];
	int64_t at = clock_wall_us(); /* later changes may be missing */
	enum outcome res;
	int rc = -1;

	pthread_mutex_lock(&a->lock);
	a->wanted = false;
	a->tried_at = clock_ms();
	pthread_mutex_unlock(&a->lock);
	res = ask_database(a, db, database, deadline);
	if (res == OUTCOME_OK)
		roster_begin(&b, database);
	if (res == OUTCOME_INVALID) {
		complain(a, KEPT "the database does not say which it is");
	} else if (res == OUTCOME_OK &&
	    ask_integrations(a, db, &b, deadline) == 0) {
		pthread_mutex_lock(&a->lock);
		memcpy(a->ours, database, sizeof(a->ours));
		rc = put(a, &b, at);
		if (rc == -1 && !is_foreign(a))
			complain(a,
			    "could not keep a copy of the "
			    "integrations: %s",
			    strerror(errno));
		load(a);
		pthread_mutex_unlock(&a->lock);
	}
	buf_free(&b);
	return rc;
}

bool
admission_is_usable(struct admission *a)
{
	bool usable;

	pthread_mutex_lock(&a->lock);
	load(a);
	usable = a->valid && !is_foreign(a);
	pthread_mutex_unlock(&a->lock);
	return usable;
}

enum outcome
admission_compare(struct admission *a, struct db *db,
    char database[UUID_TEXT_BYTES], int64_t deadline)
{
	enum outcome res = ask_database(a, db, database, deadline);

	if (res != OUTCOME_OK)
		return res;
	pthread_mutex_lock(&a->lock);
	load(a);
	if (a->valid && strcmp(a->owner, database) != 0)
		res = OUTCOME_FORBIDDEN;
	pthread_mutex_unlock(&a->lock);
	return res;
}

void
admission_close(struct admission *a)
{
	if (a == NULL)
		return;
	pthread_mutex_destroy(&a->lock);
	buf_free(&a->text);
	free(a);
}
