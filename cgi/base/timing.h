/* SPDX-License-Identifier: ISC */
#ifndef BASE_TIMING_H
#define BASE_TIMING_H

/*
 * The times that together guarantee a sender its reply within three seconds,
 * and those for recovery from an outage.  Names in _MS are milliseconds.
 * tests/lint/drift.sh compares the ones repeated elsewhere: defaults in
 * conf/conf.c, role limits in sql/roles.sql, the alert about clocks in
 * sql/dashboard/prometheus/rules.yml.
 */

/* Reply within this: a sender may give up after 4 s (Apprise). */
#define ANSWER_MS 3000

/*
 * One webhook
 */

#define DATABASE_MS 2000 /* database_timeout: then the event is spooled */
#define STATEMENT_MS 1500 /* statement_timeout of tocsin_web */
#define LOCK_MS 500 /* lock_timeout of tocsin_web */
#define CONNECT_MS 1000 /* how long a caller waits for a new connection */
/*
 * A thread with less than LEAD_MIN_MS left must not lead; one with less than
 * CALL_MIN_MS may exceed its deadline, since a call cut short looks like an
 * outage and closes a connection that all threads share.
 */
#define LEAD_MIN_MS 50
#define CALL_MIN_MS 500
#define SPOOL_LOCK_MS 300 /* for the drain: its holder may be stopped */
#define GATE_LOCK_MS 20 /* the same, where there is another way */
/* Of its threads each has its turn: the other way takes longer than that. */
#define GATE_TURN_MS 100
/* After the deadline of the call, to spool what it did not store. */
#define SPOOL_MS (ANSWER_MS - DATABASE_MS - 100)

/*
 * tocsin.cgi, before it asks a responder of its own
 */

#define DOOR_LOOK_MS 500 /* between looks whether a silent one is stopped */
#define DOOR_LATE_MS 300 /* after database_timeout: the time for the spool */

/*
 * Everything else
 */

#define REQUEST_MS 8000 /* request_timeout: for a peer that stalls */
#define CROWDED_MS 1000 /* the same, while other requests wait for a worker */
#define STOP_MS 3000 /* for requests in progress when the responder stops */
#define HEALTH_MS 800 /* /ready and /metrics: for each query */
#define HEALTH_AGAIN_MS 1000 /* /ready: between two queries */
#define BOARD_MS 1000 /* events wait meanwhile, at most twice this */
#define CGI_HOUSEKEEPING_MS 1000 /* after the reply: Apache kills at 3 s */
#define HOUSEKEEPING_MS 1000 /* between checks of spool and connections */
#define CLOCK_OFF_MS 1000 /* of a host and the database: warn above it */
#define TICK_EVERY_MS 10000 /* between calls of tocsin_api.tick */
#define DOOR_CROWD_MS 5 /* for more of a crowd of processes to come */
#define KICK_EVERY_MS 2000 /* between two starts of a relay, at least */
#define TICK_REST "5 seconds" /* unless another process just did */

/*
 * After an outage
 */

/* Reconnect back-off with jitter: doubles from MIN to MAX. */
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 5000
#define RETRY_AFTER_S 5 /* Retry-After of a 503 */
#define DRAIN_CALL_MS 700 /* for one event: LOCK_MS and a margin */
/* Before a failed key is tried again: doubles up to the maximum. */
#define DRAIN_HOLD_MS 2000
#define DRAIN_HOLD_MAX_MS 60000
#define ADMISSION_STALE_S 5 /* refresh an older copy of the integrations */
#define ADMISSION_AGAIN_MS 250 /* between two refreshes, at least */

_Static_assert(LOCK_MS < STATEMENT_MS,
    "a lock wait times out before its statement");
_Static_assert(STATEMENT_MS < DATABASE_MS,
    "the server times out first, so that it reports the reason");
_Static_assert(CONNECT_MS < DATABASE_MS,
    "a new connection leaves time for the call");
_Static_assert(CALL_MIN_MS - LEAD_MIN_MS + SPOOL_LOCK_MS < SPOOL_MS,
    "the last leader leaves time for the spool");
_Static_assert(DOOR_LOOK_MS + DATABASE_MS < ANSWER_MS &&
	DATABASE_MS + DOOR_LATE_MS < ANSWER_MS,
    "another responder has time to answer");
_Static_assert(DATABASE_MS + CALL_MIN_MS < ANSWER_MS,
    "a question about a sender that starts late ends in time");
_Static_assert(BOARD_MS < DATABASE_MS && HEALTH_MS < DATABASE_MS,
    "a borrowed connection does not make events go to the spool");
_Static_assert(ANSWER_MS < REQUEST_MS && ANSWER_MS <= STOP_MS,
    "no request is aborted that could still get its reply");
_Static_assert(LOCK_MS < DRAIN_CALL_MS && DRAIN_CALL_MS < DATABASE_MS,
    "the drain can tell a locked alert from an outage");
_Static_assert(BACKOFF_MAX_MS <= RETRY_AFTER_S * 1000,
    "a reconnect is attempted before a sender retries");

#endif
