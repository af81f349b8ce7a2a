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
 * Requests over HTTP and mails over SMTP, many at a time, in one thread: the
 * only user of libcurl.  Each request goes to an address that relay/address.h
 * allows or nowhere, whatever its URL resolves to; follows no redirect;
 * verifies the server's certificate; and ends by its timeout.  Proxies and
 * passwords of the environment and the home directory are not used.
 */
struct post;

/* What became of a request. */
struct post_result {
	void *owner; /* as handed to post_send() */
	/*
	 * Of HTTP, 0 = there was no answer; of a mail, as sendmail would exit,
	 * -1 = there was none.
	 */
	int status;
	int retry_after; /* seconds; -1 = the answer does not say */
	int took_ms;
	char error[POST_ERROR_BYTES]; /* without an answer, or of a redirect */
	char excerpt[POST_EXCERPT_BYTES]; /* of the answer, masked */
};

/*
 * Borrows conf.  quick: an exit does not wait for a resolver that hangs.
 * Returns NULL with why set.  Call it before the first thread starts.
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
 * Hand a mail to the server that smtp_url names, as mail_from, over TLS only,
 * and log in as smtp_user if password is not NULL.  Its host may be private:
 * the operator names it, not the database.  Of mail, the headers are the
 * recipients, of which the server must take one, and the body ends lines with
 * CR LF; the url is not used.  The rest is as for post_send().
 */
int post_mail(struct post *p, struct webhook *mail, const char *password,
    int timeout_ms, void *owner, char why[JOB_WHY_BYTES]);

#define POST_FDS_MAX 130

/*
 * Send and receive; wait until something happens to a request or to one of the
 * n descriptors, whose revents are set, but timeout_ms at most.  n is at most
 * POST_FDS_MAX.
 */
void post_wait(struct post *p, struct pollfd *fds, size_t n, int timeout_ms);

/* Take the result of a request that has ended; false if there is none. */
bool post_next(struct post *p, struct post_result *result);

/* Return how many requests post_next() has still to tell of. */
size_t post_flying(const struct post *p);

/* What still flies is dropped. */
void post_close(struct post *p);

#endif
