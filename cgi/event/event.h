/* SPDX-License-Identifier: ISC */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/identity.h"
#include "base/outcome.h"
#include "base/uuid.h"
#include "json/json.h"

/* Limits of the protocol; characters are Unicode code points. */
#define EVENT_ID_MAX_BYTES 1024
#define EVENT_TITLE_MAX_CHARS 1024
#define EVENT_DESCRIPTION_MAX_BYTES 65536
#define EVENT_MESSAGE_MAX_CHARS 4096
#define EVENT_TAGS_MAX 64
#define EVENT_TAG_MAX_CHARS 255
#define EVENT_BATCH_MAX 1000
#define EVENT_HOPS_MAX 3 /* so that tocsins that feed each other end */
#define EVENT_WRAPPER_BYTES 256 /* of a wrapper key, with its NUL */

/* Changes made to the event as received; the reply reports them. */
enum event_flag {
	EVENT_TRUNCATED = 1 << 0, /* Title, Description, a message, extras */
	EVENT_TAGS_DROPPED = 1 << 1, /* tags or dedup_keys: many or long */
	EVENT_META_IGNORED = 1 << 2, /* Meta was no object, see meta.h */
	EVENT_SEVERITY_UNKNOWN = 1 << 3, /* incident without a known severity */
	EVENT_HOPS_1 = 1 << 4, /* no change: another tocsin sent it on */
	EVENT_HOPS_2 = 1 << 5, /* two did, one after the other */
	EVENT_HOPS_3 = 1 << 6
};

/* The origin of the events of one request.  All slices are borrowed. */
struct origin {
	const char *source; /* webhook, spool, operator or board */
	struct slice integration_id;
	bool has_token;
	unsigned char token_hash[DIGEST_BYTES];
	/*
	 * JSON pointer (RFC 6901) to the member of a body that holds the
	 * event, as the integration has it; "" = the body itself.  Known once
	 * the sender was admitted.
	 */
	char wrapper[EVENT_WRAPPER_BYTES];
	bool is_checked; /* spool: its record vouches for the sender */
	struct slice database; /* spool: whose event it is; absent: unknown */
	int64_t received_at; /* microseconds since the Unix epoch */
	const struct identity *identity; /* gives the events' ids; or NULL */
	struct slice remote_addr; /* absent when unknown */
	struct slice request_id; /* absent when the sender sent none */
	int64_t hops; /* how many tocsins sent it on; 0 or -1 = none */
};

/*
 * One incoming, well-formed event.  Optional members that the sender left out
 * are absent slices.  The slices point into the document or into own, and are
 * valid until event_free().
 */
struct event {
	const struct origin *from;
	struct uuid id;
	struct slice raw; /* the event's JSON object, as received */
	struct slice type; /* create, acknowledge or resolve; a constant */
	struct slice external_id; /* sender's Id; made from id if missing */
	struct slice title; /* on create only, like all that follow */
	struct slice description;
	struct slice urgency; /* absent: the integration's default */
	struct slice tags; /* PostgreSQL array literal of text */
	struct slice dedup_keys; /* the same */
	struct slice meta; /* JSON object without the reserved keys */
	bool incident;
	struct slice severity; /* absent when not an incident */
	struct slice message;
	struct slice additional; /* JSON array; absent: no extra members */
	unsigned flags; /* of enum event_flag */
	struct buf own; /* text that was decoded or rewritten; private */
};

/*
 * Parse one event from the JSON object raw by the rules of the protocol: keys
 * in any case, the last of equal keys wins, casts and limits.
 *
 * raw must have passed json_scan() and stay unchanged until event_free().
 * scratch is working memory, reused between calls.  The caller sets id and
 * from, which may be NULL, before the call; a create without an Id gets id's
 * text as its Id.  On OUTCOME_OK the caller must event_free() *ev.  On
 * OUTCOME_INVALID, and on OUTCOME_BAD_JSON for a number that PostgreSQL should
 * not keep, *why gives the fault and there is nothing to free.
 * OUTCOME_UNAVAILABLE means out of memory.  Does not log.
 */
enum outcome event_parse(struct event *ev, struct slice raw,
    struct json_list *scratch, struct fault *why);

/*
 * Return whether the protocol defines a member of this name, in any case; all
 * others are extra.
 */
bool event_has_member(struct slice name);

/*
 * Return the label of one flag of enum event_flag: truncated, tags_dropped,
 * meta_ignored, severity_unknown or hops-1 to hops-3; NULL for any other
 * number.
 */
const char *event_flag_label(unsigned flag);

void event_free(struct event *ev);

#endif
