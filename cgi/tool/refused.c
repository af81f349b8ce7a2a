/* SPDX-License-Identifier: ISC */
#include "tool/refused.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dialect/dialects.h"
#include "http/reply.h"
#include "intake/intake.h"
#include "spool/line.h"
#include "spool/refused.h"
#include "tool/explain.h"
#include "tool/refused_print.h"
#include "tool/table.h"
#include "tool/translate.h"

#define STORE_MS 30000
#define HEADERS_MAX 32
#define HASH_BYTES (2 + DIGEST_HEX_BYTES) /* after \x */

const char tool_refused_usage[] =
    "usage: tocsin refused list [--json]\n"
    "       tocsin refused show ID [--json | --raw]\n"
    "       tocsin refused explain ID [--json]\n"
    "       tocsin refused retry ID [--json]\n"
    "\n"
    "Webhooks that were refused are kept in the spool's directory, as many as\n"
    "the key keep_refused says, if the copy of the integrations admits their\n"
    "senders.  Tokens in them are overwritten.\n"
    "\n"
    "  list     print a table of them, the newest first\n"
    "  show     print one and its body; --raw: the bytes of its body only\n"
    "  explain  show what the dialect makes of it now, like tocsin explain\n"
    "  retry    send it again, through the dialect as it is now, and delete\n"
    "           it once it is stored.  Its events keep their ids: to repeat\n"
    "           this stores nothing twice, and they do not undo what came\n"
    "           after them.  Like tocsin send, it needs no token, and the\n"
    "           source in the event log is operator\n"
    "\n"
    "Root acts as the owner of the spool.  Exit status: 1 it is refused\n"
    "again, or there is none with this id; 4 the database is down; 7 the\n"
    "spool cannot be used.\n";

/* One command, and the request that it is about. */
struct refused {
	struct session *session;
	struct spool_dir *dir;
	const char *verb;
	const char *name; /* the argument; NULL: list */
	char id[UUID_TEXT_BYTES]; /* in canonical form; "" = name is no id */
	bool json, raw;
	struct buf file;
	struct kept kept;
	struct dialects *dialects;
	struct dialect *dialect; /* NULL: PagerTree's format */
	struct request req;
	char *integration, *path, *type, *method, *query; /* owned */
	char *headers[HEADERS_MAX + 1]; /* owned: HTTP_NAME=value */
	size_t n_headers;
	struct identity identity;
	char wrapper[EVENT_WRAPPER_BYTES]; /* that the integration has at
					      present */
	struct delivery delivery;
	size_t sent; /* events of it that are to be stored */
};

/* What became of it, for retry. */
static enum status
conclude(const struct refused *r, const char *result, const char *text)
{
	static const struct table_column columns[] = {
	    {"id", "id", TABLE_TEXT},
	    {"result", "result", TABLE_TEXT},
	    {"events", "events", TABLE_NUMBER},
	};
	char n[24];
	const char *cells[] = {r->id, result, n};
	struct table t = {columns, 3, cells, 1};

	snprintf(n, sizeof(n), "%zu", r->sent);
	if (r->json)
		table_json(stdout, &t, false);
	else
		puts(text);
	return STATUS_OK;
}

/* Find the file; say what is wrong. */
static enum status
find(struct refused *r)
{
	if (refused_read(r->dir, r->id, &r->file, &r->kept) == 0)
		return STATUS_OK;
	if (errno == ENOENT)
		session_say("there is no refused request \"%s\": tocsin "
			    "refused list",
		    r->name);
	else if (errno == EBADMSG)
		session_say("the file of \"%s\" is damaged", r->id);
	else
		session_say("could not read \"%s\": %s", r->id,
		    strerror(errno));
	return STATUS_FAILED;
}

static char *
copy(struct slice s)
{
	return strndup(s.p == NULL ? "" : s.p, s.len);
}

/* Rebuild the request, with its dialect as it is at present. */
static enum status
rebuild(struct refused *r)
{
	const struct kept *k = &r->kept;
	struct slice lines = k->headers, line;
	enum outcome res = OUTCOME_OK;

	r->integration = copy(k->integration);
	r->path = copy(k->path);
	r->type = copy(k->content_type);
	r->method = copy(k->method);
	r->query = copy(k->query);
	while (r->n_headers < HEADERS_MAX &&
	    (line = line_take(&lines, "header")).p != NULL &&
	    (r->headers[r->n_headers] = tool_header(line)) != NULL)
		r->n_headers++;
	r->req = (struct request){.method = r->method,
	    .query = r->query,
	    .content_type = k->content_type.p == NULL ? NULL : r->type,
	    .content_encoding = k->content_encoding,
	    .env = r->headers,
	    .body = {r->file.data + (k->body.p - r->file.data), k->body.len,
		k->body.len, k->body.len, false}};
	r->dialects = dialects_open(r->session->conf.dialects);
	if (r->dialects == NULL || r->integration == NULL || r->path == NULL ||
	    r->type == NULL || r->method == NULL || r->query == NULL) {
		session_say("out of memory");
		return STATUS_FAILED;
	}
	if (k->dialect.p != NULL)
		res = dialects_take(r->dialects, k->dialect, &r->dialect);
	if (res == OUTCOME_OK)
		return STATUS_OK;
	session_say(res == OUTCOME_NOT_FOUND
		? "there is no dialect \"%.*s\": tocsin dialect list"
		: "the file of dialect \"%.*s\" is not usable: tocsin check",
	    (int)k->dialect.len, k->dialect.p);
	return STATUS_FAILED;
}

/* Find the present wrapper key of its integration. */
static enum status
find_wrapper(struct refused *r)
{
	const char *params[] = {r->integration}, *key;
	char error[SESSION_ERROR_BYTES];
	enum status status;
	struct rows rows;

	if (r->dialect != NULL)
		return STATUS_OK;
	status = session_query(r->session, DB_INTEGRATION_SHOW, params, &rows,
	    error);
	key = status == STATUS_OK && rows.n == 1
	    ? rows_cell(&rows, 0, "wrapper_key")
	    : NULL;
	if (key != NULL)
		snprintf(r->wrapper, sizeof(r->wrapper), "%s", key);
	if (status != STATUS_OK)
		session_say("%s", error);
	rows_free(&rows);
	return status;
}

static enum status
explain(struct refused *r)
{
	enum status status = rebuild(r);

	if (status != STATUS_OK)
		return status;
	if (find_wrapper(r) != STATUS_OK)
		session_say("explaining it without a wrapper key");
	if (!kept_is_whole(&r->kept))
		session_say("only the first %zu bytes of its body were kept",
		    r->kept.size);
	return tool_explain_request(r->dialect, r->path, r->wrapper, &r->req,
	    &r->session->conf, r->json);
}

/* Say which events are refused; return how many. */
static size_t
say_refused(const struct refused *r)
{
	const struct delivery *d = &r->delivery;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct item *it = &d->items[i];
		const char *why = it->outcome == OUTCOME_INVALID
		    ? it->fault.detail
		    : reply_detail(it->outcome);

		if (outcome_is_accepted(it->outcome) ||
		    it->outcome == OUTCOME_UNAVAILABLE)
			continue;
		n++;
		if (d->is_batch)
			session_say("refused: event %zu: %s%s%s", i + 1,
			    it->fault.pointer == NULL ? "" : it->fault.pointer,
			    it->fault.pointer == NULL ? "" : ": ", why);
		else
			session_say("refused: %s", why);
	}
	return n;
}

/*
 * Make its events, with their ids.  Those of a batch that were stored at once
 * are not sent again.
 */
static enum status
make_events(struct refused *r, struct translation *t)
{
	struct delivery *d = &r->delivery;
	struct fault fault;
	enum outcome res;

	r->identity = r->kept.identity;
	d->from = (struct origin){.source = "operator",
	    .integration_id = r->kept.integration,
	    .received_at = clock_wall_us(),
	    .identity = &r->identity,
	    .remote_addr = r->kept.remote_addr,
	    .request_id = r->kept.request_id};
	memcpy(d->from.wrapper, r->wrapper, sizeof(r->wrapper));
	t->dialect = r->dialect;
	res = tool_translate(t, r->path, &r->req, r->session->conf.body_max, d,
	    &fault);
	if (res != OUTCOME_OK && d->n == 0) {
		session_say("refused: %s",
		    fault.detail != NULL ? fault.detail : reply_detail(res));
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < d->n; i++) {
		int was_refused = kept_was_refused(&r->kept, i, d->n);

		if (was_refused == -1) {
			session_say("some events of its batch were stored; "
				    "which is unknown, since it has %zu "
				    "events now",
			    d->n);
			return STATUS_FAILED;
		}
		if (was_refused == 0)
			d->items[i].outcome = OUTCOME_DUPLICATE;
		r->sent += d->items[i].outcome == OUTCOME_OK;
	}
	return STATUS_OK;
}

/*
 * Return whether the first event to be stored is stored.  It asks with the
 * token of the request, so if that was rotated since, the answer is false.
 */
static bool
is_stored(struct refused *r)
{
	char error[SESSION_ERROR_BYTES], hash[HASH_BYTES];
	char id[UUID_TEXT_BYTES];
	const struct kept *k = &r->kept;
	const char *params[] = {r->integration, NULL, id};
	struct rows rows;
	size_t i = 0;
	bool stored;

	while (i < r->delivery.n && r->delivery.items[i].outcome != OUTCOME_OK)
		i++;
	if (i == r->delivery.n)
		return false;
	uuid_format(&r->delivery.items[i].ev.id, id);
	if (k->has_token) {
		memcpy(hash, "\\x", 2);
		digest_hex(k->token_hash, hash + 2);
		params[1] = hash;
	}
	stored = session_query(r->session, DB_RECEIPT_OF, params, &rows,
		     error) == STATUS_OK &&
	    rows.n == 1 && rows.columns > 3 && rows_at(&rows, 0, 3) != NULL;
	rows_free(&rows);
	return stored;
}

/* Return whether an event could not be stored yet. */
static bool
is_unavailable(const struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_UNAVAILABLE)
			return true;
	return false;
}

static enum status
store(struct refused *r)
{
	char error[SESSION_ERROR_BYTES];
	enum status status;
	struct intake *in;
	bool known;
	int version;

	status = session_schema(r->session, &version, error);
	if (status != STATUS_OK) {
		session_say("%s", error);
		return status;
	}
	known = is_stored(r);
	/* No spool: what an operator sends is stored, or it is not. */
	in = intake_open(&r->session->conf, DB_TOOL, NULL, NULL);
	if (in == NULL) {
		session_say("out of memory");
		return STATUS_FAILED;
	}
	intake_store(in, &r->delivery, clock_ms() + STORE_MS);
	intake_close(in);
	if (is_unavailable(&r->delivery)) {
		session_say("could not store it, or not confirm that it was "
			    "stored: run tocsin check, then retry");
		return STATUS_CONNECTION;
	}
	if (say_refused(r) > 0)
		return STATUS_FAILED;
	if (refused_done(r->dir, r->id, true) == -1) {
		session_say("it is stored, but could not be deleted: %s",
		    strerror(errno));
		return STATUS_SPOOL;
	}
	return known ? conclude(r, "already_stored", "already stored")
		     : conclude(r, "stored", "stored");
}

static enum status
retry(struct refused *r)
{
	struct translation *t = calloc(1, sizeof(*t));
	enum status status = t == NULL ? STATUS_FAILED : rebuild(r);

	if (status == STATUS_OK && !kept_is_whole(&r->kept)) {
		session_say("only the first %zu bytes of its body were kept: "
			    "it cannot be sent again",
		    r->kept.size);
		status = STATUS_FAILED;
	}
	if (status == STATUS_OK)
		status = find_wrapper(r);
	if (status == STATUS_OK)
		status = make_events(r, t);
	if (status == STATUS_OK && r->sent == 0 && say_refused(r) > 0) {
		status = STATUS_FAILED;
	} else if (status == STATUS_OK && r->sent == 0) {
		refused_done(r->dir, r->id, false);
		status = conclude(r, "skipped",
		    "skipped: the dialect makes no event of it");
	} else if (status == STATUS_OK) {
		status = store(r);
	}
	if (t != NULL)
		translation_free(t);
	free(t);
	return status;
}

static void
clean(struct refused *r)
{
	delivery_free(&r->delivery);
	if (r->dialects != NULL) {
		dialects_release(r->dialects, r->dialect);
		dialects_close(r->dialects);
	}
	for (size_t i = 0; i < r->n_headers; i++)
		free(r->headers[i]);
	free(r->integration);
	free(r->path);
	free(r->type);
	free(r->method);
	free(r->query);
	buf_free(&r->file);
	spool_dir_close(r->dir);
}

static enum status
open_spool(struct refused *r)
{
	char error[SESSION_ERROR_BYTES];

	if (session_configure(r->session, error) != STATUS_OK) {
		session_say("%s", error);
		return STATUS_CONFIGURATION;
	}
	if (r->session->conf.spool[0] == '\0') {
		session_say("there is no spool: set spool to a directory");
		return STATUS_SPOOL;
	}
	r->dir = session_spool_dir(r->session, error);
	if (r->dir != NULL)
		return STATUS_OK;
	session_say("%s", error);
	return STATUS_SPOOL;
}

static enum status
list(const struct refused *r)
{
	if (refused_print_list(r->dir, r->json) == 0)
		return STATUS_OK;
	session_say("could not read \"%s/" REFUSED_DIR_NAME "\": %s",
	    r->session->conf.spool, strerror(errno));
	return STATUS_SPOOL;
}

static enum status
run(struct refused *r)
{
	enum status status = open_spool(r);
	struct uuid id;

	if (status != STATUS_OK)
		return status;
	if (r->name == NULL)
		return list(r);
	if (uuid_parse(&id, r->name, strlen(r->name)) == 0)
		uuid_format(&id, r->id);
	if (strcmp(r->verb, "retry") == 0 && refused_is_done(r->dir, r->id)) {
		refused_done(r->dir, r->id, true);
		return conclude(r, "already_stored", "already stored");
	}
	status = find(r);
	if (status != STATUS_OK)
		return status;
	if (strcmp(r->verb, "explain") == 0)
		return explain(r);
	if (strcmp(r->verb, "retry") == 0)
		return retry(r);
	if (r->raw)
		fwrite(r->kept.body.p, 1, r->kept.body.len, stdout);
	else
		refused_print(&r->kept, r->json);
	return STATUS_OK;
}

/* Read the options; false: misused. */
static bool
read_options(struct refused *r, int argc, char **argv)
{
	static const struct option names[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"raw", no_argument, NULL, 'r'},
	    {NULL, 0, NULL, 0},
	};
	static const char *const verbs[] = {"list", "show", "explain", "retry"};
	size_t i = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c != 'j' && c != 'r')
			return false;
		*(c == 'j' ? &r->json : &r->raw) = true;
	}
	if (optind == argc)
		return false;
	r->verb = argv[optind++];
	while (i < 4 && strcmp(r->verb, verbs[i]) != 0)
		i++;
	if (i > 0 && optind < argc)
		r->name = argv[optind++];
	return i < 4 && optind == argc && (i == 0 || r->name != NULL) &&
	    (!r->raw || (i == 1 && !r->json));
}

int
tool_refused(struct session *session, int argc, char **argv)
{
	struct refused *r = calloc(1, sizeof(*r));
	enum status status = STATUS_USAGE;

	if (r == NULL)
		return STATUS_FAILED;
	r->session = session;
	if (read_options(r, argc, argv))
		status = run(r);
	else
		fputs(tool_refused_usage, stderr);
	clean(r);
	free(r);
	return (int)status;
}
