/* SPDX-License-Identifier: ISC */
#include "board/request.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "http/form.h"

#define OFF_SQLSTATE "42501" /* insufficient_privilege */

/*
 * Make the relative URL of the parent of /board.  A relative URL is right
 * whatever prefix the browser sees, even one that a reverse proxy removes.
 */
static void
find_up(struct board_request *v)
{
	struct slice tail = v->route->tail;
	size_t len = 0;

	for (size_t i = 0; i < tail.len && len + 4 <= sizeof(v->up); i++) {
		if (tail.p[i] != '/')
			continue;
		memcpy(v->up + len, "../", 3);
		len += 3;
	}
	v->up[len] = '\0';
}

/* Remove the first segment from rest and return it. */
static struct slice
segment(struct slice *rest)
{
	const char *slash = memchr(rest->p, '/', rest->len);
	size_t len = slash == NULL ? rest->len : (size_t)(slash - rest->p);
	struct slice s = {rest->p, len};

	len += slash != NULL;
	rest->p += len;
	rest->len -= len;
	return s;
}

/*
 * Read what follows integration/: its id, and that of a refused request, which
 * only those who may act can see.
 */
static enum outcome
read_integration(struct board_request *v, struct slice rest)
{
	struct slice name = segment(&rest);
	struct uuid id;

	if (!route_is_integration_id(name))
		return OUTCOME_NOT_FOUND;
	v->integration = name;
	if (rest.len == 0)
		return OUTCOME_OK;
	name = segment(&rest);
	if (!v->conf->board_actions || rest.len > 0 ||
	    uuid_parse(&id, name.p, name.len) == -1)
		return OUTCOME_NOT_FOUND;
	uuid_format(&id, v->id);
	return OUTCOME_OK;
}

static enum outcome
read_path(struct board_request *v)
{
	struct slice rest = v->route->rest, s;
	struct uuid id;

	v->id[0] = '\0';
	v->integration = v->verb = (struct slice){NULL, 0};
	if (rest.len == 0)
		return OUTCOME_OK;
	s = segment(&rest);
	if (slice_equal(s, SLICE("integration")))
		return read_integration(v, rest);
	if (!slice_equal(s, SLICE("alert")))
		return OUTCOME_NOT_FOUND;
	s = segment(&rest);
	if (uuid_parse(&id, s.p, s.len) == -1)
		return OUTCOME_NOT_FOUND;
	uuid_format(&id, v->id);
	if (rest.len == 0)
		return OUTCOME_OK;
	v->verb = segment(&rest);
	return rest.len == 0 && v->conf->board_actions ? OUTCOME_OK
						       : OUTCOME_NOT_FOUND;
}

enum outcome
board_request_read(struct board_request *v)
{
	static const char *const formats[] = {"html", "json", "csv"};
	struct slice query = {v->req->query, strlen(v->req->query)};
	char word[8];
	size_t i = 0;

	find_up(v);
	form_field(query, "refresh", word, sizeof(word));
	v->page = (struct page){v->rep, v->up, strcmp(word, "off") != 0};
	v->format = BOARD_HTML;
	if (form_field(query, "format", word, sizeof(word)) != -1) {
		while (i < 3 && strcmp(word, formats[i]) != 0)
			i++;
		if (i == 3)
			return OUTCOME_INVALID;
		v->format = (enum board_format)i;
	}
	return read_path(v);
}

/* Reply with the reason why the database gave no rows. */
static void
refuse_rows(struct board_request *v, const struct rows *rows)
{
	if (strcmp(rows->sqlstate, OFF_SQLSTATE) == 0)
		board_refuse(v, OUTCOME_UNAVAILABLE, "The board is off",
		    "The database does not let the board read alerts. "
		    "Its owner can run: tocsin board on");
	else
		board_refuse(v, OUTCOME_UNAVAILABLE, "Database unavailable",
		    "The database does not answer. Until it does, events "
		    "wait in the spool, if there is one.");
}

static bool
ask(struct board_request *v, const struct board_call *c, int64_t deadline)
{
	if (intake_ask(v->intake, c->call, c->params, c->rows, deadline) ==
	    OUTCOME_OK)
		return true;
	log_info("board query failed: %s", c->rows->error);
	if (c->optional)
		return true;
	refuse_rows(v, c->rows);
	return false;
}

bool
board_ask(struct board_request *v, const struct board_call *calls, size_t n)
{
	int64_t deadline = clock_ms() + BOARD_MS;
	struct rows none;
	const struct board_call check = {DB_BOARD_CHECK, {NULL}, &none, false};
	bool good = ask(v, &check, deadline);

	rows_free(&none);
	for (size_t i = 0; i < n && good; i++)
		good = ask(v, &calls[i], deadline);
	return good;
}

void
board_refuse(struct board_request *v, enum outcome o, const char *title,
    const char *detail)
{
	const struct fault fault = {.pointer = "", .detail = detail};

	if (v->format == BOARD_HTML)
		page_message(&v->page, outcome_status(o), title, detail);
	else
		reply_problem(v->rep, o, &fault);
}
