/* SPDX-License-Identifier: ISC */
#ifndef RELAY_POST_H
#define RELAY_POST_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "relay/job.h"
#include "relay/webhook.h"

#define POST_EXCERPT_BYTES 512
#define POST_ERROR_BYTES 256

/*
 * HTTP requests and SMTP mails, many at a time, in one thread: the only user of
 * libcurl.  A request connects only to addresses that relay/address.h allows,
 * whatever its URL resolves to; it follows no redirect, verifies the server's
 * certificate, and ends by its timeout.  Proxies of the environment and
 * passwords of ~/.netrc are not used.
 */
struct post;

/* The result of a request or mail. */
struct post_result {
	void *owner; /* as handed to post_send() */
	/*
	 * HTTP status, 0 = no answer; for a mail an exit status of sendmail,
	 * -1 = no answer.
	 */
	int status;
	int retry_after; /* seconds; -1 = the answer does not say */
	int took_ms;
	char error[POST_ERROR_BYTES]; /* why no answer, or which redirect */
	char excerpt[POST_EXCERPT_BYTES]; /* beginning of the answer, masked */
};

/*
 * Borrows conf.  With quick, post_close() does not wait for a resolver that
 * hangs.  Returns NULL with why set.  Call it before any thread starts.
 */
struct post *post_open(const struct conf *conf, bool quick,
    char why[JOB_WHY_BYTES]);

/*
 * Start a POST, or a GET if the body is empty.  Takes over the content of w,
 * which is empty afterwards.  pin is NULL, or sha256//... of the server's key.
 * Returns 0, and post_next() will have its result; or -1 with why set.
 */
int post_send(struct post *p, struct webhook *w, const char *pin,
    int timeout_ms, void *owner, char why[JOB_WHY_BYTES]);

/*
 * Send a mail from mail_from through the server smtp_url, over TLS only; log in
 * as smtp_user if password is not NULL.  That server may have a private
 * address: it is named by the operator, not by the database.  mail->headers are
 * the recipients, of which the server must accept at least one; mail->body ends
 * its lines with CR LF; mail->url is not used.  Otherwise as post_send().
 */
int post_mail(struct post *p, struct webhook *mail, const char *password,
    int timeout_ms, void *owner, char why[JOB_WHY_BYTES]);

#define POST_FDS_MAX 130

/*
 * Send and receive; wait at most timeout_ms until a request progresses or one
 * of the n descriptors is ready, and set their revents.  n is at most
 * POST_FDS_MAX.
 */
void post_wait(struct post *p, struct pollfd *fds, size_t n, int timeout_ms);

/* Take the result of a request that has ended; false if there is none. */
bool post_next(struct post *p, struct post_result *result);

/* Return how many requests have no result taken by post_next() yet. */
size_t post_flying(const struct post *p);

/* Free p; abort the requests that are left. */
void post_close(struct post *p);

#endif
