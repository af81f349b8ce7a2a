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
	MESSAGE_ENDED /* the database is to be told of it */
};

/* A message on its way, and what became of it. */
struct message {
	enum message_state state;
	char id[UUID_TEXT_BYTES];
	char destination_id[64];
	struct child *child; /* NULL for a request */
	bool is_mail; /* of which status is as sendmail would exit */
	int status; /* of HTTP, or of a program's exit; -1 = no answer */
	int retry_after; /* seconds; -1 = the answer does not say */
	int took_ms;
	char error[POST_ERROR_BYTES]; /* "" = none */
	char excerpt[POST_EXCERPT_BYTES];
};

/*
 * Send a job: it flies afterwards; or has ended already, with the error that
 * kept it from being sent.  now is in seconds since 1970.
 */
void message_send(struct message *m, const struct job *job,
    const struct conf *conf, struct post *post, long long now);

/* Note what became of a request or a program. */
void message_posted(struct message *m, const struct post_result *r);
void message_exited(struct message *m, const struct child_result *r);

#endif
