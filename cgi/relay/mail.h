/* SPDX-License-Identifier: ISC */
#ifndef RELAY_MAIL_H
#define RELAY_MAIL_H

#include "base/buf.h"
#include "relay/job.h"

#define MAIL_RECIPIENTS_MAX 50
#define MAIL_ADDRESS_BYTES 255 /* with the NUL */

/* The recipients of a mail, each an argument of sendmail. */
struct mail_recipients {
	char list[MAIL_RECIPIENTS_MAX][MAIL_ADDRESS_BYTES];
	size_t n;
};

/*
 * Parse addresses separated by commas or white space.  Each must be printable
 * ASCII without quotes, brackets, parentheses, semicolons or backslashes, and
 * must not begin with -, which would make it an option of sendmail.  Returns 0,
 * or -1 with why set.
 */
int mail_read(struct mail_recipients *r, const char *text,
    char why[JOB_WHY_BYTES]);

/*
 * Append the mail of a job, with lines that end with a line feed, as sendmail
 * expects.  No part of the job can add a header: the subject is one line,
 * encoded by RFC 2047 where needed, and the body is quoted-printable.  Message
 * ids have the domain of from.  now is in seconds since 1970.  Returns 0, or -1
 * with why set.
 */
int mail_build(struct buf *out, const struct job *job, const char *from,
    const struct mail_recipients *to, long long now, char why[JOB_WHY_BYTES]);

/* Append a mail with lines that end with CR LF, as SMTP requires. */
void mail_with_crlf(struct buf *out, struct slice mail);

#endif
