/* SPDX-License-Identifier: ISC */
#include "relay/patrol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/sqlstate.h"
#include "relay/message.h"
#include "relay/post.h"
#include "relay/secrets.h"

#define MESSAGES 64 /* being sent, or with a result to report */
#define CALL_MS 10000 /* for one call of the database */
#define GREET_MS 30000 /* between two calls of relay_hello */
#define PING_MS 60000
#define PING_TIMEOUT_MS 10000
#define BUSY_MS 60000 /* after work, look often for so long */
#define OFTEN_MS 1000
#define SELDOM_MS 5000
#define PAUSE_MS 20 /* between two rounds, at least */
#define NEWS_MS 100 /* notified changes within it share a round */
#define TICK_ROWS 1000
#define REST 12 /* pause after a tick, in multiples of its duration */
#define FDS (2 + CHILD_FDS * MESSAGES)

_Static_assert(FDS <= POST_FDS_MAX, "post_wait() takes all descriptors");

/* Where the signal handler writes; -1 = nowhere. */
static int signal_pipe = -1;

struct patrol {
	struct waiter waiter; /* first, so that a cast gives the patrol */
	const struct conf *conf;
	const struct patrol_options *o;
	struct db *db;
	struct post *post;
	int signals; /* our end of the pipe */
	struct message messages[MESSAGES];
	char id[UUID_TEXT_BYTES]; /* of this relay */
	int64_t started, round_at, greeted_at, pinged_at, worked_at, stop_at;
	int64_t due_at; /* the next round */
	int64_t tick_at; /* the next tick, as part of a round */
	int64_t rest_until; /* no tick before this time */
	atomic_llong complained_at;
	bool greeted; /* on this connection */
	bool is_well; /* the last round had no error */
	bool all_goes_well; /* as relay_hello said */
	bool stopping;
	bool pinging;
	bool idle; /* the last round found nothing to do */
};

static void
on_signal(int signum)
{
	unsigned char c = (unsigned char)signum;
	int saved = errno;

	(void)!write(signal_pipe, &c, 1);
	errno = saved;
}

static int
open_signals(struct patrol *p)
{
	static const int all[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	p->signals = ends[0];
	signal_pipe = ends[1];
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaction(all[i], &sa, NULL);
	return 0;
}

static void
stop(struct patrol *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stop_at = clock_ms() + STOP_FLYING_MS;
}

static void
read_signals(struct patrol *p)
{
	unsigned char c;

	while (read(p->signals, &c, 1) == 1) {
		if (c == SIGTERM || c == SIGINT)
			stop(p);
		else if (c == SIGHUP)
			log_open(p->conf->log,
			    log_level_named(p->conf->log_level));
	}
}

/* Log why relay_ping_url could not be fetched, if so. */
static void
end_ping(struct patrol *p, const struct post_result *r)
{
	p->pinging = false;
	if (r->error[0] != '\0')
		log_warnx("could not fetch relay_ping_url: %s", r->error);
	else if (r->status < 200 || r->status > 299)
		log_warnx("relay_ping_url answered %d: %s", r->status,
		    r->excerpt);
}

/* Collect the results of requests and programs that have ended. */
static void
collect(struct patrol *p)
{
	struct child_result exited;
	struct post_result posted;
	struct message *m;

	while (post_next(p->post, &posted)) {
		if (posted.owner == p)
			end_ping(p, &posted);
		else
			message_posted(posted.owner, &posted);
	}
	for (m = p->messages; m < p->messages + MESSAGES; m++)
		if (m->state == MESSAGE_FLYING && m->child != NULL &&
		    child_step(m->child, &exited))
			message_exited(m, &exited);
}

/* Wait for the database's socket; messages go on being sent. */
static bool
wait_for_database(struct waiter *w, int fd, short events, int64_t deadline)
{
	struct patrol *p = (struct patrol *)(void *)w;
	struct pollfd wanted = {.fd = fd, .events = events};
	int left;

	do {
		collect(p);
		left = clock_left_ms(deadline);
		wanted.revents = 0;
		post_wait(p->post, &wanted, 1, left < 100 ? left : 100);
		if (wanted.revents != 0)
			return true;
	} while (left > 0);
	return false;
}

static void
leave(struct waiter *w)
{
	(void)w;
}

/* Call a function; the caller frees the rows in any case. */
static bool
call(struct patrol *p, enum db_call what, const char *const *params,
    struct rows *rows)
{
	if (db_query(p->db, what, params, rows, clock_ms() + CALL_MS) ==
	    OUTCOME_OK)
		return true;
	/* A lost connection is logged by whatever reconnects. */
	if (rows->sqlstate[0] != '\0' &&
	    log_is_due(&p->complained_at, LOG_AGAIN_MS))
		log_warnx("the database refused a call: %s", rows->error);
	p->is_well = false;
	p->greeted = false;
	return false;
}

/* As call(), where the rows are not needed. */
static bool
say(struct patrol *p, enum db_call what, const char *const *params)
{
	struct rows rows;
	bool ok = call(p, what, params, &rows);

	rows_free(&rows);
	return ok;
}

/* Call relay_hello if that is due, and LISTEN on a new connection. */
static bool
greet(struct patrol *p)
{
	char host[ACCOUNT_BYTES], pid[16], clock[24];
	const char *params[] = {p->id, host, pid, VERSION, clock}, *answer;
	struct rows rows;
	bool ok;

	if (p->greeted && clock_ms() < p->greeted_at + GREET_MS)
		return true;
	account_host(host);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(clock, sizeof(clock), "%lld", (long long)clock_wall_us());
	ok = call(p, DB_RELAY_HELLO, params, &rows);
	answer = ok ? rows_cell(&rows, 0, "relay_hello") : NULL;
	p->all_goes_well = answer != NULL && answer[0] == 't';
	rows_free(&rows);
	if (!ok)
		return false;
	/* Behind a pooler (prepared = no) another session would be notified. */
	if (!p->greeted && p->conf->prepared && !p->o->once &&
	    !say(p, DB_RELAY_LISTEN, NULL))
		return false;
	p->greeted = true;
	p->greeted_at = clock_ms();
	return true;
}

/*
 * Report the result of a message to the database.  Returns false if it must be
 * reported again.
 */
static bool
tell_one(struct patrol *p, const struct message *m)
{
	char status[16], after[16], took[16];
	const char *params[] = {p->id, m->id, m->status == -1 ? NULL : status,
	    m->error[0] == '\0' ? NULL : m->error,
	    m->retry_after == -1 ? NULL : after, took,
	    m->excerpt[0] == '\0' ? NULL : m->excerpt};
	struct rows rows;
	bool ok;

	snprintf(status, sizeof(status), "%d", m->status);
	snprintf(after, sizeof(after), "%d", m->retry_after);
	snprintf(took, sizeof(took), "%d", m->took_ms);
	if (!greet(p))
		return false;
	ok = call(p, DB_RELAY_DONE, params, &rows);
	/* A result that can never be stored is dropped: its lease runs out. */
	if (!ok && rows.sqlstate[0] != '\0' &&
	    sqlstate_remedy(rows.sqlstate) == SQLSTATE_REFUSE)
		ok = true;
	rows_free(&rows);
	return ok;
}

/* Report all results until one cannot be.  Returns how many it reported. */
static int
tell(struct patrol *p)
{
	struct message *m;
	int n = 0;

	for (m = p->messages; m < p->messages + MESSAGES; m++) {
		if (m->state != MESSAGE_ENDED)
			continue;
		if (!tell_one(p, m))
			break;
		if (m->error[0] != '\0')
			log_info("message to %s: %s", m->destination_id,
			    m->error);
		m->state = MESSAGE_NONE;
		n++;
	}
	return n;
}

/* Count the slots of that state. */
static int
count(const struct patrol *p, enum message_state state)
{
	int n = 0;

	for (size_t i = 0; i < MESSAGES; i++)
		n += p->messages[i].state == state;
	return n;
}

static void
read_job(struct job *job, const struct rows *rows, int row)
{
	*job = (struct job){
	    .message_id = rows_cell(rows, row, "message_id"),
	    .destination_id = rows_cell(rows, row, "destination_id"),
	    .kind = rows_cell(rows, row, "kind"),
	    .address = rows_cell(rows, row, "address"),
	    .headers = rows_cell(rows, row, "headers"),
	    .content_type = rows_cell(rows, row, "content_type"),
	    .body = rows_cell(rows, row, "body"),
	    .secret_paths = rows_cell(rows, row, "secret_paths"),
	    .webhook_id = rows_cell(rows, row, "webhook_id"),
	    .hops = rows_cell(rows, row, "hops"),
	    .secrets = rows_cell(rows, row, "secrets"),
	    .pin = rows_cell(rows, row, "pin"),
	    .mail_to = rows_cell(rows, row, "mail_to"),
	    .mail_subject = rows_cell(rows, row, "mail_subject"),
	    .mail_message_id = rows_cell(rows, row, "mail_message_id"),
	    .mail_references = rows_cell(rows, row, "mail_references"),
	    .notice = rows_cell(rows, row, "notice"),
	    .notice_id = rows_cell(rows, row, "notice_id"),
	    .alert_id = rows_cell(rows, row, "alert_id"),
	    .timeout_ms = (int)rows_number(rows, row, "timeout_ms"),
	};
}

/* Send the messages that were claimed, one in each free slot. */
static void
send_all(struct patrol *p, const struct rows *rows)
{
	struct message *m = p->messages;
	struct job job;

	for (int row = 0; row < rows->n; row++) {
		while (m < p->messages + MESSAGES && m->state != MESSAGE_NONE)
			m++;
		if (m == p->messages + MESSAGES)
			return; /* the lease of the rest runs out */
		read_job(&job, rows, row);
		message_send(m, &job, p->conf, p->post,
		    clock_wall_us() / 1000000);
	}
}

/* Claim messages and send them.  Returns how many, or -1. */
static int
claim(struct patrol *p)
{
	char room[16];
	const char *params[] = {p->id, room};
	struct rows rows;
	int n = -1, free_slots = count(p, MESSAGE_NONE);

	if (free_slots == 0)
		return 0;
	snprintf(room, sizeof(room), "%d", free_slots);
	if (call(p, DB_RELAY_CLAIM, params, &rows)) {
		n = rows.n;
		send_all(p, &rows);
	}
	rows_free(&rows);
	return n;
}

/*
 * Call tick.  Returns how many rows it did, or -1; *next_ms is then in how many
 * milliseconds the next is due.
 */
static int
tick(struct patrol *p, int64_t *next_ms)
{
	char limit[16];
	const char *const params[] = {limit, NULL};
	const char *next;
	struct rows rows;
	double seconds;
	int n = -1;

	snprintf(limit, sizeof(limit), "%d", TICK_ROWS);
	if (call(p, DB_TICK, params, &rows) && rows.n == 1) {
		n = (int)rows_number(&rows, 0, "done");
		next = rows_cell(&rows, 0, "next_in");
		seconds = next == NULL ? 60 : strtod(next, NULL);
		*next_ms = seconds < 0 ? 0
		    : seconds > 60     ? 60000
				       : (int64_t)(seconds * 1000);
	}
	rows_free(&rows);
	return n;
}

/* Fetch relay_ping_url, for an external monitor, if all is well. */
static void
ping(struct patrol *p)
{
	struct webhook w = {.url.max = 8192,
	    .headers.max = 8192,
	    .mask.hidden.max = MASK_MAX_BYTES};
	char why[JOB_WHY_BYTES];
	struct secrets secrets;

	if (p->conf->relay_ping_url[0] == '\0' || p->pinging || !p->is_well ||
	    !p->all_goes_well || clock_ms() < p->pinged_at + PING_MS)
		return;
	p->pinged_at = clock_ms();
	secrets_init(&secrets, p->conf->relay_secrets);
	if (secrets_fill(&secrets, slice_of(p->conf->relay_ping_url), &w.url,
		why) == 0) {
		mask_add_url(&w.mask, (struct slice){w.url.data, w.url.len});
		buf_append(&w.mask.hidden, secrets.used.data, secrets.used.len);
		buf_append(&w.url, "", 1);
		p->pinging =
		    post_send(p->post, &w, NULL, PING_TIMEOUT_MS, p, why) == 0;
	}
	if (!p->pinging)
		log_warnx("could not fetch relay_ping_url: %s", why);
	webhook_free(&w);
	secrets_free(&secrets);
}

/*
 * Tick, and decide when to tick again.  The pause of REST times its duration
 * limits ticks to a thirteenth of a processor, so that the intake keeps its
 * share of the machine.  Returns as tick().
 */
static int
tick_and_rest(struct patrol *p)
{
	int64_t begun = clock_ms(), ended, next_ms = SELDOM_MS;
	int n = tick(p, &next_ms);

	ended = clock_ms();
	p->rest_until = ended + REST * (ended - begun);
	p->tick_at = ended + SELDOM_MS;
	if (n > 0)
		p->worked_at = begun;
	if (n >= TICK_ROWS)
		p->tick_at = ended; /* there is more to do */
	else if (n > 0)
		p->tick_at = ended + NEWS_MS;
	else if (begun < p->worked_at + BUSY_MS)
		p->tick_at = ended + OFTEN_MS;
	if (n >= 0 && p->tick_at > ended + next_ms)
		p->tick_at = ended + next_ms;
	if (p->tick_at < p->rest_until)
		p->tick_at = p->rest_until;
	if (p->o->look_ms > 0 && p->tick_at > ended + p->o->look_ms / 2)
		p->tick_at = ended + p->o->look_ms / 2;
	if (p->tick_at < ended + PAUSE_MS)
		p->tick_at = ended + PAUSE_MS;
	return n;
}

/* One round: tick if that is due, claim and send. */
static void
make_round(struct patrol *p)
{
	bool ticks = clock_ms() >= p->tick_at;
	int ticked = -1, claimed = -1;

	p->is_well = true;
	p->round_at = clock_ms();
	if (greet(p)) {
		if (ticks)
			ticked = tick_and_rest(p);
		claimed = claim(p);
	} else {
		p->tick_at = clock_ms() + OFTEN_MS;
	}
	p->due_at = p->tick_at;
	if (claimed > 0) {
		p->worked_at = clock_ms();
		if (p->due_at > p->worked_at + PAUSE_MS)
			p->due_at = p->worked_at + PAUSE_MS;
	}
	p->idle = ticks && ticked <= 0 && claimed <= 0;
	ping(p);
}

/* Wait for what comes first; a notification makes a round due in NEWS_MS. */
static void
wait_for_news(struct patrol *p)
{
	struct pollfd fds[FDS] = {{.fd = p->signals, .events = POLLIN}};
	int64_t until = p->stopping ? p->stop_at : p->due_at;
	int64_t news_at;
	int socket = db_socket(p->db), left;
	struct message *m;
	size_t n = 1;

	if (socket != -1 && !p->stopping)
		fds[n++] = (struct pollfd){.fd = socket, .events = POLLIN};
	for (m = p->messages; m < p->messages + MESSAGES; m++) {
		if (m->state != MESSAGE_FLYING || m->child == NULL)
			continue;
		n += child_poll(m->child, fds + n);
		if (child_deadline(m->child) < until)
			until = child_deadline(m->child);
	}
	left = clock_left_ms(until);
	/* Retry soon to report results that are left. */
	if (left > OFTEN_MS && count(p, MESSAGE_ENDED) > 0)
		left = OFTEN_MS;
	post_wait(p->post, fds, n, left);
	read_signals(p);
	if (socket == -1 || !db_notified(p->db))
		return;
	news_at = clock_ms() + NEWS_MS;
	if (news_at < p->rest_until)
		news_at = p->rest_until;
	if (p->tick_at > news_at)
		p->tick_at = p->due_at = news_at;
}

static bool
is_over(struct patrol *p)
{
	int on_their_way = MESSAGES - count(p, MESSAGE_NONE);

	if (p->o->budget_s > 0 &&
	    clock_ms() >= p->started + p->o->budget_s * 1000L)
		stop(p);
	/* With --once, do not wait for a database that is away. */
	if (p->o->once && p->idle && count(p, MESSAGE_FLYING) == 0 &&
	    p->round_at - p->started >= p->o->look_ms)
		return !p->pinging && (on_their_way == 0 || !p->is_well);
	return p->stopping &&
	    (on_their_way == 0 || clock_left_ms(p->stop_at) == 0);
}

static void
run(struct patrol *p)
{
	while (!is_over(p)) {
		if (!p->stopping && clock_ms() >= p->due_at)
			make_round(p);
		else
			wait_for_news(p);
		collect(p);
		/* The end of one message makes the alert's next one due. */
		if (tell(p) > 0) {
			p->due_at = clock_ms();
			if (p->o->once)
				p->tick_at = p->due_at;
			p->idle = false;
		}
	}
}

static int
start(struct patrol *p, char why[JOB_WHY_BYTES])
{
	struct uuid id;

	p->post = post_open(p->conf, p->o->once, why);
	if (p->post == NULL)
		return -1;
	if (open_signals(p) == -1 ||
	    (p->db = db_open(p->conf, DB_ONE_SHOT)) == NULL) {
		snprintf(why, JOB_WHY_BYTES, "could not start: %s",
		    strerror(errno));
		return -1;
	}
	p->waiter = (struct waiter){.wait = wait_for_database, .leave = leave};
	db_set_waiter(p->db, &p->waiter);
	uuid_make(&id, clock_wall_us());
	uuid_format(&id, p->id);
	p->started = p->due_at = p->tick_at = clock_ms();
	p->worked_at = p->started - BUSY_MS;
	p->pinged_at = p->started - PING_MS;
	atomic_store(&p->complained_at, LOG_NEVER);
	return 0;
}

int
patrol(const struct conf *conf, const struct patrol_options *o,
    char why[JOB_WHY_BYTES])
{
	struct patrol *p = calloc(1, sizeof(*p));
	const char *params[1];
	int rc;

	if (p == NULL) {
		snprintf(why, JOB_WHY_BYTES, "out of memory");
		return -1;
	}
	p->conf = conf;
	p->o = o;
	rc = start(p, why);
	if (rc == 0) {
		run(p);
		params[0] = p->id;
		if (p->greeted)
			say(p, DB_RELAY_BYE, params);
	}
	for (size_t i = 0; i < MESSAGES; i++)
		if (p->messages[i].state == MESSAGE_FLYING &&
		    p->messages[i].child != NULL)
			child_kill(p->messages[i].child);
	if (p->db != NULL)
		db_close(p->db);
	if (p->post != NULL)
		post_close(p->post);
	free(p);
	return rc;
}
