/* SPDX-License-Identifier: ISC */
#ifndef DB_SQLSTATE_H
#define DB_SQLSTATE_H

/* What to do after a call failed with an error of PostgreSQL. */
enum sqlstate_remedy {
	SQLSTATE_WAIT, /* an outage: spool the events, or answer 503 */
	SQLSTATE_RETRY, /* lost a race: repeat the call at once */
	SQLSTATE_RECONNECT, /* connection unusable: open a new one */
	SQLSTATE_REFUSE /* the data can never be stored: 422, or bad/ */
};

/*
 * Return the remedy for a SQLSTATE (PostgreSQL's manual, appendix A); NULL
 * means a lost connection.
 *
 * Only listed codes refuse data; any unlisted code counts as an outage, since
 * an alert refused by mistake is lost.
 */
enum sqlstate_remedy sqlstate_remedy(const char *code);

#endif
