/* SPDX-License-Identifier: ISC */
#ifndef FAKE_SEND_H
#define FAKE_SEND_H

/* The part of fake_pq.h that tells of a connection and sends over it. */

ConnStatusType
PQstatus(const PGconn *conn)
{
	return conn->status;
}

char *
PQerrorMessage(const PGconn *conn)
{
	static char lost[] = "the connection is lost\n\tand that is all";
	static char away[512];

	if (conn->connect->message == NULL)
		return lost;
	snprintf(away, sizeof(away), "%s", conn->connect->message);
	return away;
}

const char *
PQparameterStatus(const PGconn *conn, const char *name)
{
	const char *encoding = conn->connect->encoding;

	if (strcmp(name, "is_superuser") == 0)
		return conn->connect->is_super ? "on" : "off";
	if (encoding == NULL)
		return "UTF8";
	return encoding[0] == '\0' ? NULL : encoding;
}

int
PQsetnonblocking(PGconn *conn, int on)
{
	return conn->status == CONNECTION_OK && on == 1 ? 0 : -1;
}

PQnoticeReceiver
PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver receiver, void *arg)
{
	(void)conn;
	(void)receiver;
	(void)arg;
	return NULL;
}

int
PQsocket(const PGconn *conn)
{
	return conn->fd;
}

static int
start(PGconn *conn, const char *text)
{
	conn->step = take_step(text);
	conn->polls = conn->flushes = conn->results = 0;
	conn->is_busy = true;
	return conn->step->fate != PQ_UNSENT;
}

int
PQsendQuery(PGconn *conn, const char *sql)
{
	return start(conn, sql);
}

int
PQsendQueryParams(PGconn *conn, const char *sql, int n, const Oid *types,
    const char *const *values, const int *lengths, const int *formats,
    int format)
{
	(void)n, (void)types, (void)values;
	(void)lengths, (void)formats, (void)format;
	return start(conn, sql);
}

int
PQsendPrepare(PGconn *conn, const char *name, const char *sql, int n,
    const Oid *types)
{
	char text[512];

	(void)n, (void)types;
	snprintf(text, sizeof(text), "prepare %s as %.400s", name, sql);
	return start(conn, text);
}

int
PQsendQueryPrepared(PGconn *conn, const char *name, int n,
    const char *const *values, const int *lengths, const int *formats,
    int format)
{
	char text[512];

	(void)n, (void)values, (void)lengths, (void)formats, (void)format;
	snprintf(text, sizeof(text), "execute %s", name);
	return start(conn, text);
}

#endif
