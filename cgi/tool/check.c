/* SPDX-License-Identifier: ISC */
#include "tool/check.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "conf/secret.h"
#include "dialect/dialects.h"
#include "spool/admission.h"
#include "spool/dir.h"
#include "spool/status.h"
#include "tool/cells.h"
#include "tool/outgoing.h"
#include "tool/table.h"
#include "tool/terminal.h"

#define PATIENCE_MS 5000

const char tool_check_usage[] =
    "usage: tocsin check [--json]\n"
    "\n"
    "Check everything needed to store events, with the rights of the role\n"
    "in the configuration, for each cell if it names some.  Print a line per\n"
    "finding, with the remedy if it FAILED.  Change nothing, except to create\n"
    "missing spool directories.\n"
    "\n"
    "      --json  print JSON\n"
    "\n"
    "Exit status, for the first failure: 3 configuration, 4 connection,\n"
    "5 schema, 6 privileges or the database's state, 7 spool.\n";

enum mark { MARK_OK, MARK_WARNING, MARK_FAILED };

static const char *const marks[] =
    {[MARK_OK] = "ok", [MARK_WARNING] = "warn", [MARK_FAILED] = "FAILED"};

struct finding {
	char cell[SESSION_CELL_BYTES];
	const char *name;
	enum mark mark;
	char detail[SESSION_ERROR_BYTES + 256];
};

struct check {
	struct session *session; /* of one cell, or the only one */
	bool json;
	enum status first; /* of the failures in it */
	size_t n;
	struct finding *findings; /* for JSON, of all cells; owned */
};

/* Keep a finding for JSON, or print it at once: the next may take a while. */
static void
add(struct check *ck, const struct finding *f)
{
	struct finding *more;

	ck->n++;
	if (ck->json) {
		more = realloc(ck->findings, ck->n * sizeof(*f));
		if (more != NULL) {
			more[ck->n - 1] = *f;
			ck->findings = more;
			return;
		}
		log_fatalx("out of memory");
	}
	if (f->cell[0] != '\0')
		fprintf(stdout, "%-*s  ", SESSION_CELL_BYTES - 1, f->cell);
	fprintf(stdout, "%-6s  %-13s  ", marks[f->mark], f->name);
	terminal_text(stdout, f->detail);
	putc('\n', stdout);
	fflush(stdout);
}

__attribute__((format(printf, 4, 0))) static void
add_finding(struct check *ck, const char *name, enum mark mark, const char *fmt,
    va_list ap)
{
	struct finding f = {.name = name, .mark = mark};

	memcpy(f.cell, ck->session->cell, sizeof(f.cell));
	vsnprintf(f.detail, sizeof(f.detail), fmt, ap);
	add(ck, &f);
}

__attribute__((format(printf, 4, 5))) static void
report(struct check *ck, const char *name, enum status status, const char *fmt,
    ...)
{
	va_list ap;

	if (status != STATUS_OK && ck->first == STATUS_OK)
		ck->first = status;
	va_start(ap, fmt);
	add_finding(ck, name, status == STATUS_OK ? MARK_OK : MARK_FAILED, fmt,
	    ap);
	va_end(ap);
}

/* Report what prevents no event from being stored, but should be known. */
__attribute__((format(printf, 3, 4))) static void
warn_of(struct check *ck, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_finding(ck, name, MARK_WARNING, fmt, ap);
	va_end(ap);
}

static bool
check_configuration(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	const char *path;

	if (session_configure(ck->session, error) != STATUS_OK) {
		report(ck, "configuration", STATUS_CONFIGURATION, "%s", error);
		return false;
	}
	path = ck->session->conf.path;
	report(ck, "configuration", STATUS_OK, "%s",
	    path == NULL ? "no file: all keys have their defaults" : path);
	return true;
}

/* Report a failed call under the check that its status belongs to. */
static void
report_failure(struct check *ck, enum status status, const char *error)
{
	if (status == STATUS_SCHEMA)
		report(ck, "schema", status, "%s", error);
	else if (status == STATUS_CONNECTION)
		report(ck, "connection", status, "%s", error);
	else
		report(ck, "privilege", STATUS_PRIVILEGE, "%s", error);
}

static bool
check_schema(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	enum status status;
	char *masked;
	int version;

	status = session_schema(ck->session, &version, error);
	if (status != STATUS_CONNECTION) {
		masked = secret_mask(ck->session->conf.database);
		report(ck, "connection", STATUS_OK, "%s",
		    masked == NULL || masked[0] == '\0'
			? "connected with libpq's defaults"
			: masked);
		free(masked);
	}
	if (status == STATUS_OK)
		report(ck, "schema", status, "version %d%s", version,
		    version == SCHEMA ? "" : ": install the newer tocsin");
	else
		report_failure(ck, status, error);
	return status == STATUS_OK;
}

/* Report a broken file of the directory of dialects. */
static void
check_dialect(const struct dialects_file *f, void *arg)
{
	struct check *ck = arg;

	if (f->error[0] != '\0')
		report(ck, "dialects", STATUS_CONFIGURATION, "\"%s/%s\": %s",
		    ck->session->conf.dialects, f->name, f->error);
}

static void
check_dialects(struct check *ck)
{
	const char *dir = ck->session->conf.dialects;
	size_t n = ck->n;

	if (dialects_check(dir, check_dialect, ck) == -1)
		report(ck, "dialects", STATUS_CONFIGURATION,
		    "could not read \"%s\": %s", dir, strerror(errno));
	else if (ck->n == n && dir[0] != '\0')
		report(ck, "dialects", STATUS_OK, "%s", dir);
}

/* Events that several hosts store are put in order by their hosts' clocks. */
static void
check_clock(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	int64_t asked_at = clock_wall_us(), answered_at, ahead_us;
	struct rows rows;
	enum status status;

	status = session_query(ck->session, DB_CLOCK, NULL, &rows, error);
	if (status != STATUS_OK) {
		report_failure(ck, status, error);
		rows_free(&rows);
		return;
	}
	answered_at = clock_wall_us();
	ahead_us = rows_clock_ahead(&rows, asked_at, answered_at);
	rows_free(&rows);
	if (llabs(ahead_us) <=
	    CLOCK_OFF_MS * 1000 + (answered_at - asked_at) / 2)
		report(ck, "clock", STATUS_OK,
		    "the database's clock is %.3f s %s this machine's",
		    (double)llabs(ahead_us) / 1e6,
		    ahead_us > 0 ? "ahead of" : "behind");
	else
		report(ck, "clock", STATUS_PRIVILEGE,
		    "the database's clock is %.1f s %s this machine's: "
		    "synchronize both with the same time server",
		    (double)llabs(ahead_us) / 1e6,
		    ahead_us > 0 ? "ahead of" : "behind");
}

static void
check_row(struct check *ck, const struct rows *rows, int row)
{
	static const struct {
		const char *name;
		const char *mend;
	} table[] = {
	    {"encoding", "recreate the database with ENCODING 'UTF8'"},
	    {"privilege", "run tocsin init, or connect as another role"},
	    {"partition", "run tocsin init"},
	    {"writable",
		"connect to the primary server with "
		"target_session_attrs=read-write, or turn that setting off "
		"for the role and the database"},
	    {"isolation",
		"set default_transaction_isolation of the role to read "
		"committed"},
	};
	const char *name = rows_at(rows, row, 0);
	const char *ok = rows_at(rows, row, 1);
	const char *detail = rows_at(rows, row, 2);
	size_t n = sizeof(table) / sizeof(table[0]), i = 0;

	/* check_schema() has compared the version. */
	if (name == NULL || ok == NULL || strcmp(name, "schema") == 0)
		return;
	detail = detail == NULL ? "" : detail;
	while (i < n && strcmp(table[i].name, name) != 0)
		i++;
	if (ok[0] == 't')
		report(ck, i < n ? table[i].name : "database", STATUS_OK, "%s",
		    detail);
	else
		report(ck, i < n ? table[i].name : "database", STATUS_PRIVILEGE,
		    "%s%s%s", detail, i < n ? ": " : "",
		    i < n ? table[i].mend : "");
}

static void
check_inside(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	struct rows rows;
	enum status status;

	status = session_query(ck->session, DB_SELF_CHECK, NULL, &rows, error);
	if (status == STATUS_OK)
		for (int row = 0; row < rows.n && rows.columns >= 3; row++)
			check_row(ck, &rows, row);
	else
		report_failure(ck, status, error);
	rows_free(&rows);
	if (status == STATUS_OK)
		check_clock(ck);
}

/*
 * Tell what call finds, and where the manuals say what to do.  Say nothing if
 * that cannot be found out: events are stored all the same.
 */
static void
check_softly(struct check *ck, enum db_call call, const char *name,
    const char *see)
{
	char error[SESSION_ERROR_BYTES];
	const char *ok, *detail;
	struct rows rows;

	if (session_query(ck->session, call, NULL, &rows, error) != STATUS_OK)
		rows.n = 0;
	for (int row = 0; row < rows.n && rows.columns >= 3; row++) {
		ok = rows_at(&rows, row, 1);
		detail = rows_at(&rows, row, 2);
		if (ok == NULL || detail == NULL)
			continue;
		if (ok[0] == 't')
			report(ck, name, STATUS_OK, "%s", detail);
		else
			warn_of(ck, name, "%s: see %s", detail, see);
	}
	rows_free(&rows);
}

static void
tell_outgoing(void *arg, bool is_ok, const char *text)
{
	if (is_ok)
		report(arg, "outgoing", STATUS_OK, "%s", text);
	else
		warn_of(arg, "outgoing", "%s", text);
}

/* Store an empty batch: whatever prevents that prevents all others. */
static void
check_ingest(struct check *ck)
{
	char error[SESSION_ERROR_BYTES] = "";
	const char *mend = "";
	struct rows rows;
	enum status status;

	status = session_query(ck->session, DB_READY, NULL, &rows, error);
	if (strstr(error, "could not load library") != NULL)
		mend = ": restart PostgreSQL, whose files were replaced "
		       "while it ran";
	if (status == STATUS_OK)
		report(ck, "ingest", STATUS_OK, "an empty batch was stored");
	else if (status == STATUS_CONNECTION)
		report_failure(ck, status, error);
	else
		report(ck, "ingest", STATUS_PRIVILEGE, "%s%s", error, mend);
	rows_free(&rows);
}

/*
 * Tell of enabled integrations that share a name.  Events are stored all the
 * same, so that is no failure.  Say nothing to a role that may not list them.
 */
static void
check_names(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	const char *last = NULL, *last_id = NULL;
	struct rows rows;

	if (session_query(ck->session, DB_INTEGRATION_LIST, NULL, &rows,
		error) != STATUS_OK)
		rows.n = 0;
	/* They come by name. */
	for (int row = 0; row < rows.n; row++) {
		const char *name = rows_cell(&rows, row, "name");
		const char *id = rows_cell(&rows, row, "integration_id");
		const char *enabled = rows_cell(&rows, row, "enabled");

		if (name == NULL || enabled == NULL || enabled[0] != 't')
			continue;
		if (last != NULL && strcmp(last, name) == 0) {
			warn_of(ck, "names",
			    "%s and %s have the same name, \"%s\"", last_id, id,
			    name);
			break;
		}
		last = name;
		last_id = id;
	}
	rows_free(&rows);
}

/*
 * Tell of an integration whose id does not have the cell as its prefix: the
 * web server passes its events to no cell, or to another one.
 */
static void
check_prefixes(struct check *ck)
{
	const char *cell = ck->session->cell;
	char error[SESSION_ERROR_BYTES], prefix[16];
	struct rows rows = {0};
	int len = snprintf(prefix, sizeof(prefix), "int_%s_", cell);

	if (cell[0] != '\0' &&
	    session_query(ck->session, DB_ADMISSION, NULL, &rows, error) !=
		STATUS_OK)
		rows.n = 0;
	for (int row = 0; row < rows.n; row++) {
		const char *id = rows_at(&rows, row, 0);

		if (strncmp(id, prefix, (size_t)len) == 0)
			continue;
		warn_of(ck, "prefix",
		    "%s does not begin with %s, by which the web server finds "
		    "the cell",
		    id, prefix);
		break;
	}
	rows_free(&rows);
}

static int
print_json(const struct check *ck, bool has_cells)
{
	static const struct table_column columns[] = {
	    {"cell", NULL, TABLE_TEXT},
	    {"name", NULL, TABLE_TEXT},
	    {"ok", NULL, TABLE_BOOL},
	    {"warning", NULL, TABLE_BOOL},
	    {"detail", NULL, TABLE_TEXT},
	};
	size_t skip = has_cells ? 0 : 1;
	struct table t = {columns + skip, 5 - skip, NULL, ck->n};
	const char **cells = calloc(ck->n * 5 + 1, sizeof(*cells)),
		   **at = cells;

	if (cells == NULL)
		return -1;
	t.cells = cells;
	for (size_t i = 0; i < ck->n; i++) {
		const struct finding *f = &ck->findings[i];

		if (has_cells)
			*at++ = f->cell;
		*at++ = f->name;
		*at++ = f->mark != MARK_FAILED ? "true" : "false";
		*at++ = f->mark == MARK_WARNING ? "true" : "false";
		*at++ = f->detail;
	}
	table_json(stdout, &t, true);
	free(cells);
	return 0;
}

/* Whether the spool is another database's, as far as that can be told. */
static bool
is_foreign(const struct check *ck, const struct spool_dir *d)
{
	char database[UUID_TEXT_BYTES];
	struct admission *admission;
	bool foreign;

	if (ck->session->db == NULL)
		return false;
	admission = admission_open(d);
	foreign = admission != NULL &&
	    admission_compare(admission, ck->session->db, database,
		clock_ms() + PATIENCE_MS) == OUTCOME_FORBIDDEN;
	admission_close(admission);
	return foreign;
}

/* Whether both paths lead to the same directory. */
static bool
is_same(const char *a, const char *b)
{
	struct stat sa, sb;

	return strcmp(a, b) == 0 ||
	    (stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
		sa.st_ino == sb.st_ino);
}

/*
 * Compare with the responder of this host that reported last: what it spools
 * somewhere else, this tool neither shows nor drains.  Returns whether that
 * is so.
 */
static bool
is_elsewhere(struct check *ck)
{
	const char *mine = ck->session->conf.spool, *user, *path, *spool;
	char error[SESSION_ERROR_BYTES], host[ACCOUNT_BYTES];
	const char *params[] = {host};
	struct rows rows = {0};
	bool elsewhere = false;

	account_host(host);
	if (ck->session->db != NULL &&
	    session_query(ck->session, DB_RESPONDER_LAST, params, &rows,
		error) == STATUS_OK &&
	    rows.n == 1) {
		user = rows_at(&rows, 0, 0);
		path = rows_at(&rows, 0, 1);
		spool = rows_at(&rows, 0, 2);
		elsewhere = !is_same(mine, spool);
		if (elsewhere)
			report(ck, "spool", STATUS_SPOOL,
			    "the responder, which ran as %s with %s, %s%s, "
			    "and this tool %s%s: set the key spool in one "
			    "file that both read, and not in the web server",
			    user, path[0] == '\0' ? "no configuration" : path,
			    spool[0] == '\0' ? "has no spool" : "uses ", spool,
			    mine[0] == '\0' ? "has none" : "uses ", mine);
	}
	rows_free(&rows);
	return elsewhere;
}

/* As root, this switches to the spool's owner for good. */
static void
check_spool(struct check *ck)
{
	char error[SESSION_ERROR_BYTES];
	struct spool_dir *d;
	struct spool_status sv;

	if (is_elsewhere(ck))
		return;
	if (ck->session->conf.spool[0] == '\0') {
		report(ck, "spool", STATUS_OK,
		    "none: events are refused while the database is down");
		return;
	}
	d = session_spool_dir(ck->session, error);
	if (d == NULL)
		report(ck, "spool", STATUS_SPOOL, "%s", error);
	else if (spool_dir_probe(d) == -1 || spool_status_read(&sv, d) == -1)
		report(ck, "spool", STATUS_SPOOL,
		    "could not write to \"%s\": %s", d->conf->spool,
		    strerror(errno));
	else if (is_foreign(ck, d))
		report(ck, "spool", STATUS_SPOOL,
		    "\"%s\" is another database's: give each a spool of its "
		    "own; see tocsin.conf(5)",
		    d->conf->spool);
	else if (sv.bad > 0)
		report(ck, "spool", STATUS_SPOOL,
		    "%zu events could not be stored: see \"%s/bad\", then "
		    "tocsin spool retry-bad",
		    sv.bad, d->conf->spool);
	else if (sv.held > 0)
		report(ck, "spool", STATUS_SPOOL,
		    "%zu events are set aside, the first, \"%s\", for %jd s: "
		    "%s: mend that, then tocsin spool drain",
		    sv.held, sv.held_name, (intmax_t)sv.held_s, sv.held_why);
	else
		report(ck, "spool", STATUS_OK, "%s, %zu events waiting",
		    d->conf->spool, sv.waiting);
	spool_dir_close(d);
}

static enum status
check_one(struct session *session, void *arg)
{
	struct check *ck = arg;
	bool is_sound = false;

	ck->session = session;
	ck->first = STATUS_OK;
	if (!check_configuration(ck))
		return ck->first;
	if (check_schema(ck)) {
		check_inside(ck);
		is_sound = ck->first == STATUS_OK;
		if (is_sound) {
			check_softly(ck, DB_REPLICATION, "replication",
			    "tocsin-failover(7)");
			check_softly(ck, DB_TICK_CHECK, "tick",
			    "tocsin help heartbeat");
			check_softly(ck, DB_RELAY_CHECK, "relay",
			    "tocsin-relay(8)");
			check_ingest(ck);
		}
		check_names(ck);
		check_prefixes(ck);
	}
	check_dialects(ck);
	check_spool(ck);
	/* As the spool's owner, who is the relay's user. */
	if (is_sound)
		outgoing_check(ck->session, tell_outgoing, ck);
	return ck->first;
}

int
tool_check(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	struct check ck = {.json = false};
	enum status status;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c != 'j')
			return STATUS_USAGE;
		ck.json = true;
	}
	if (optind < argc) {
		session_say("check takes no arguments: tocsin help check");
		return STATUS_USAGE;
	}
	status = cells_each(session, check_one, &ck);
	if (ck.json &&
	    print_json(&ck, ck.n > 0 && ck.findings[0].cell[0] != '\0') == -1) {
		session_say("out of memory");
		status = STATUS_FAILED;
	}
	free(ck.findings);
	return (int)status;
}
