/* SPDX-License-Identifier: ISC */
#ifndef BASE_TIMING_H
#define BASE_TIMING_H

/*
 * The times that together keep the promise that a sender has its answer
 * within three seconds, and those that rule what happens after an outage.
 * Milliseconds where the name ends in _MS.  tests/lint/drift.sh compares
 * those that stand elsewhere too: defaults in conf/conf.c, limits of a role
 * in sql/roles.sql.
 */

/* A sender may give up after 4 s (Apprise), so every answer takes less. */
#define ANSWER_MS 3000

/*
 * One webhook
 */

#define DATABASE_MS 2000 /* database_timeout: until an event is spooled */
#define STATEMENT_MS 1500 /* statement_timeout of tocsin_web */
#define LOCK_MS 500 /* lock_timeout of tocsin_web */
#define CONNECT_MS 1000 /* a caller's patience with a new connection */
/*
 * A thread with less than LEAD_MIN_MS left must not lead; one with less than
 * CALL_MIN_MS may exceed its deadline, since a call cut short looks like an
 * outage and costs everybody the connection.
 */
#define LEAD_MIN_MS 50
#define CALL_MIN_MS 500
#define SPOOL_LOCK_MS 300 /* for a process that was stopped with the lock */

/*
 * Beside webhooks
 */

#define REQUEST_MS 8000 /* request_timeout: a peer that stalls */
#define CROWDED_MS 1000 /* the same, while other requests find no worker */
#define STOP_MS 3000 /* for a request under way when the responder ends */
#define HEALTH_MS 800 /* /ready and /metrics, for a question each */
#define BOARD_MS 1000 /* events wait meanwhile, for twice as long at most */
#define CGI_HOUSEKEEPING_MS 1000 /* after the answer: Apache kills at 3 s */
#define HOUSEKEEPING_MS 1000 /* between two looks at spool and connections */

/*
 * After an outage
 */

/* Reconnect back-off, with jitter: doubles from the first to the last. */
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 5000
#define RETRY_AFTER_S 5 /* what a sender is told with 503 */
#define DRAIN_CALL_MS 700 /* for one event: LOCK_MS, and some */
#define DRAIN_HOLD_MS 2000 /* a key that could not be stored is left alone */
#define ADMISSION_STALE_S 5 /* the copy of the integrations is refreshed */
#define ADMISSION_AGAIN_MS 250 /* between two refreshes, whatever happens */

_Static_assert(LOCK_MS < STATEMENT_MS, "a lock ends before its statement");
_Static_assert(STATEMENT_MS < DATABASE_MS,
    "the server gives up before we do, so that it says why");
_Static_assert(CONNECT_MS < DATABASE_MS, "a new connection leaves time");
_Static_assert(DATABASE_MS + CALL_MIN_MS - LEAD_MIN_MS + SPOOL_LOCK_MS <
	ANSWER_MS,
    "the latest leader, and then the spool, answer in time");
_Static_assert(BOARD_MS < DATABASE_MS && HEALTH_MS < DATABASE_MS,
    "who borrows a connection does not send events to the spool");
_Static_assert(ANSWER_MS < REQUEST_MS && ANSWER_MS <= STOP_MS,
    "no request is given up that would be answered");
_Static_assert(LOCK_MS < DRAIN_CALL_MS && DRAIN_CALL_MS < DATABASE_MS,
    "the drain tells a locked alert from an outage");
_Static_assert(BACKOFF_MAX_MS <= RETRY_AFTER_S * 1000,
    "a sender that comes again finds a new attempt made");

#endif
