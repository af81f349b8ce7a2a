/* SPDX-License-Identifier: ISC */
#ifndef FAKE_RESULT_H
#define FAKE_RESULT_H

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#define FAKE_OID "4711"

/* What becomes of a statement, in the order of its life. */
enum pq_fate {
	PQ_ANSWERS,
	PQ_UNSENT, /* it cannot be sent; of connecting: it fails */
	PQ_HANGS_SENDING, /* the server reads no more */
	PQ_LOST_SENDING, /* a write finds the connection closed */
	PQ_RESET_SENDING, /* a read does, between two writes */
	PQ_HANGS, /* no answer comes */
	PQ_LOST, /* the connection ends before the answer */
	PQ_HANGS_UNREADY, /* rows come, but no ReadyForQuery */
	PQ_LOST_UNREADY, /* rows, and then the connection ends */
	PQ_CLOSES /* an answer, with which the connection ends */
};

/* A script is an array of these, with a zero one at its end. */
struct pq_step {
	const char *call; /* "connect", or a part of the statement */
	enum pq_fate fate;
	/* The answer: a cell and FAKE_OID, rows, an error, or nothing. */
	const char *cell;
	PGresult *(*rows)(void);
	const char *sqlstate, *message, *hint;
	/* Of connecting. */
	const char *encoding; /* NULL: UTF8; "": not told */
	bool is_super;
};

static inline PGresult *
make_result(ExecStatusType status, int columns)
{
	static char name[] = "column";
	PGresAttDesc attributes[8] = {{.name = name}, {.name = name},
	    {.name = name}, {.name = name}, {.name = name}, {.name = name}};
	PGresult *res = PQmakeEmptyPGresult(NULL, status);

	PQsetResultAttrs(res, columns, attributes);
	return res;
}

/* Set a cell to len bytes, or to null. */
static inline void
set_cell(PGresult *res, int row, int column, const void *p, size_t len)
{
	char copy[512] = "";

	if (p != NULL)
		memcpy(copy, p, len);
	PQsetvalue(res, row, column, p == NULL ? NULL : copy,
	    p == NULL ? -1 : (int)len);
}

static inline void
set_text(PGresult *res, int column, const char *text)
{
	set_cell(res, 0, column, text, text == NULL ? 0 : strlen(text));
}

/* An error: its code, its message and its hint are three cells. */
static inline PGresult *
make_error(const struct pq_step *s)
{
	PGresult *res = make_result(PGRES_FATAL_ERROR, 3);

	set_text(res, 0, s->sqlstate);
	set_text(res, 1, s->message == NULL ? "a message" : s->message);
	set_text(res, 2, s->hint);
	return res;
}

static inline PGresult *
make_rows(const struct pq_step *s)
{
	PGresult *res;

	if (s->rows != NULL)
		return s->rows();
	if (s->cell == NULL)
		return make_result(PGRES_COMMAND_OK, 0);
	res = make_result(PGRES_TUPLES_OK, 2);
	set_text(res, 0, s->cell);
	set_text(res, 1, FAKE_OID);
	return res;
}

static inline PGresult *
make_no_rows(void)
{
	return make_result(PGRES_TUPLES_OK, 1);
}

static char *
error_cell(const PGresult *res, int column)
{
	if (PQresultStatus(res) != PGRES_FATAL_ERROR || res == NULL ||
	    PQgetisnull(res, 0, column))
		return NULL;
	return PQgetvalue(res, 0, column);
}

char *
PQresultErrorField(const PGresult *res, int field)
{
	if (field == PG_DIAG_SQLSTATE)
		return error_cell(res, 0);
	return error_cell(res, field == PG_DIAG_MESSAGE_HINT ? 2 : 1);
}

char *
PQresultErrorMessage(const PGresult *res)
{
	static char none[] = "";
	char *message = error_cell(res, 1);

	return message == NULL ? none : message;
}

#endif
