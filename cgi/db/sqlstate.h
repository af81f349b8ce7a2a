/* SPDX-License-Identifier: ISC */
#ifndef DB_SQLSTATE_H
#define DB_SQLSTATE_H

/* What to do about a call that PostgreSQL ended with an error. */
enum sqlstate_remedy {
	SQLSTATE_WAIT, /* an outage: spool the events, or answer 503 */
	SQLSTATE_RETRY, /* lost a race: the same call again, at once */
	SQLSTATE_RECONNECT, /* this connection will not do: a new one */
	SQLSTATE_REFUSE /* the data can never be stored: 422, or bad/ */
};

/*
 * The remedy for the five characters of a SQLSTATE (PostgreSQL's manual,
 * appendix A), or for NULL, which stands for a lost connection.
 *
 * The list of what can never succeed is closed; everything else, known or
 * not, is an outage, since an alert refused by mistake is lost.
 */
enum sqlstate_remedy sqlstate_remedy(const char *code);

#endif
