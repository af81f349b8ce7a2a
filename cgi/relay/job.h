/* SPDX-License-Identifier: ISC */
#ifndef RELAY_JOB_H
#define RELAY_JOB_H

/*
 * A message that relay_claim returned: the columns of tocsin_api.job as text,
 * borrowed from its rows.  NULL stands for null.
 */
struct job {
	const char *message_id;
	const char *destination_id;
	const char *kind; /* webhook, mail or command */
	const char *address; /* URL, or name of a command */
	const char *headers; /* JSON object */
	const char *content_type;
	const char *body;
	const char *secret_paths; /* JSON array of JSON pointers */
	const char *webhook_id; /* NULL for formats for people */
	const char *hops;
	const char *secrets; /* JSON array of signing secrets: relay/sign.h */
	const char *pin; /* sha256//... */
	const char *mail_to; /* separated by commas or white space */
	const char *mail_subject;
	const char *mail_message_id; /* the part before @ */
	const char *mail_references; /* of an earlier mail; NULL = none */
	const char *notice;
	const char *notice_id;
	const char *alert_id;
	int timeout_ms;
};

#define JOB_WHY_BYTES 256

#endif
