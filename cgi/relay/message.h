/* SPDX-License-Identifier: ISC */
#ifndef RELAY_MESSAGE_H
#define RELAY_MESSAGE_H

#include "base/uuid.h"
#include "conf/conf.h"
#include "relay/child.h"
#include "relay/job.h"
#include "relay/post.h"

enum message_state {
	MESSAGE_NONE, /* the slot is free */
	MESSAGE_FLYING,
	MESSAGE_ENDED /* its result is to be reported to the database */
};

/* A message being sent, then its result. */
struct message {
	enum message_state state;
	char id[UUID_TEXT_BYTES];
	char destination_id[64];
	struct child *child; /* NULL for a request */
	bool is_mail; /* status is then an exit status of sendmail */
	int status; /* HTTP status, or exit status; -1 = no answer */
	int retry_after; /* seconds; -1 = the answer does not say */
	int took_ms;
	char error[POST_ERROR_BYTES]; /* "" = none */
	char excerpt[POST_EXCERPT_BYTES];
};

/*
 * Start to send a job.  m is then MESSAGE_FLYING; or, if it could not be
 * started, MESSAGE_ENDED with its error set.  now is in seconds since 1970.
 */
void message_send(struct message *m, const struct job *job,
    const struct conf *conf, struct post *post, long long now);

/* Record the result of a request or program: m becomes MESSAGE_ENDED. */
void message_posted(struct message *m, const struct post_result *r);
void message_exited(struct message *m, const struct child_result *r);

#endif
