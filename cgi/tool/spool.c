/* SPDX-License-Identifier: ISC */
#include "tool/spool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spool/admission.h"
#include "spool/backlog.h"
#include "spool/drain.h"
#include "spool/spooler.h"
#include "spool/status.h"
#include "tool/table.h"

#define PATIENCE_MS 10000
#define PAUSE_MS 200 /* for a database that refuses one event after another */
#define COLUMNS 11

const char tool_spool_usage[] =
    "usage: tocsin spool status [--json]\n"
    "       tocsin spool drain\n"
    "       tocsin spool retry-bad\n"
    "\n"
    "The spool keeps events while the database is down.  As FastCGI the\n"
    "responder drains it; as CGI, run drain from cron every minute.\n"
    "\n"
    "  status     show the events waiting, their age, those set aside\n"
    "             because they cannot be stored now, and those in bad/\n"
    "  drain      store the events waiting, oldest first, until none is left\n"
    "             that can be; try those set aside again\n"
    "  retry-bad  put the events in bad/ back into the spool\n"
    "\n"
    "Root acts as the owner of the spool.  Exit status: 4 the database is\n"
    "down, 7 the spool cannot be used, or events are set aside or in bad/.\n";

static struct spooler *
open_spool(struct session *session)
{
	char error[SESSION_ERROR_BYTES];
	struct spool_dir *dir;
	struct spooler *s;

	if (session->conf.spool[0] == '\0') {
		session_say("there is no spool: set spool to a directory");
		return NULL;
	}
	dir = session_spool_dir(session, error);
	if (dir == NULL) {
		session_say("%s", error);
		return NULL;
	}
	s = spooler_open(dir);
	if (s == NULL)
		session_say("out of memory");
	return s;
}

static int
status(const struct spooler *s, bool json)
{
	static const struct table_column columns[] = {
	    {"waiting", "waiting", TABLE_NUMBER},
	    {"bytes", "bytes", TABLE_NUMBER},
	    {"oldest_seconds", "oldest, seconds", TABLE_NUMBER},
	    {"held", "set aside", TABLE_NUMBER},
	    {"held_seconds", "set aside, seconds", TABLE_NUMBER},
	    {"held_file", "first set aside", TABLE_TEXT},
	    {"held_reason", "because", TABLE_TEXT},
	    {"bad", "in bad/", TABLE_NUMBER},
	    {"free_bytes", "free bytes", TABLE_NUMBER},
	    {"admits", "admits events while the database is down", TABLE_BOOL},
	    {"directory", "directory", TABLE_TEXT},
	};
	const struct spool_dir *d = spooler_dir(s);
	char text[7][24];
	const char *cells[COLUMNS];
	struct spool_status sv;
	struct table t;

	if (spool_status_read(&sv, d) == -1) {
		session_say("could not read \"%s\": %s", d->conf->spool,
		    strerror(errno));
		return STATUS_SPOOL;
	}
	snprintf(text[0], sizeof(text[0]), "%zu", sv.waiting);
	snprintf(text[1], sizeof(text[1]), "%" PRIu64, sv.bytes);
	snprintf(text[2], sizeof(text[2]), "%" PRId64, sv.oldest_s);
	snprintf(text[3], sizeof(text[3]), "%zu", sv.held);
	snprintf(text[4], sizeof(text[4]), "%" PRId64, sv.held_s);
	snprintf(text[5], sizeof(text[5]), "%zu", sv.bad);
	snprintf(text[6], sizeof(text[6]), "%" PRIu64, sv.free_bytes);
	for (size_t i = 0; i < 5; i++)
		cells[i] = text[i];
	cells[5] = sv.held_name[0] == '\0' ? NULL : sv.held_name;
	cells[6] = sv.held_name[0] == '\0' ? NULL : sv.held_why;
	cells[7] = text[5];
	cells[8] = text[6];
	cells[9] = sv.admits ? "t" : "f";
	cells[10] = d->conf->spool;
	t = (struct table){columns, COLUMNS, cells, 1};
	if (json)
		table_json(stdout, &t, false);
	else
		table_print_records(stdout, &t);
	return sv.bad > 0 || sv.held > 0 ? STATUS_SPOOL : STATUS_OK;
}

static int
drain(struct session *session, const struct spooler *s)
{
	struct drain *dr = drain_open(spooler_dir(s));
	struct drained count = {0, 0};
	enum drain_end end;
	int64_t deadline;

	if (dr == NULL) {
		session_say("out of memory");
		return STATUS_FAILED;
	}
	/* First: who may spool must be known while the rest takes its time. */
	admission_refresh(spooler_admission(s), session->db,
	    clock_ms() + PATIENCE_MS);
	drain_retry_held(dr);
	do {
		deadline = clock_ms() + PATIENCE_MS;
		end = drain_batch(dr, session->db, &count, deadline);
		if (end == DRAIN_PAUSE)
			poll(NULL, 0, PAUSE_MS);
	} while (end == DRAIN_MORE || end == DRAIN_PAUSE);
	drain_close(dr);
	printf("%d stored, %d to bad/\n", count.stored, count.rejected);
	if (end == DRAIN_BUSY) {
		session_say("another process is draining the spool");
		return STATUS_OK;
	}
	if (end == DRAIN_OUTAGE || end == DRAIN_FOREIGN) {
		session_say("could not store the rest: the database or the "
			    "disk is unavailable");
		return STATUS_CONNECTION;
	}
	if (end == DRAIN_HELD) {
		session_say("some events cannot be stored now and are set "
			    "aside: tocsin spool status");
		return STATUS_SPOOL;
	}
	return count.rejected > 0 ? STATUS_SPOOL : STATUS_OK;
}

static int
retry_bad(const struct spooler *s)
{
	int n = backlog_retry(spooler_dir(s));

	if (n == -1) {
		session_say("could not move files out of bad/: %s",
		    strerror(errno));
		return STATUS_SPOOL;
	}
	printf("%d put back into the spool\n", n);
	return STATUS_OK;
}

static int
connect_and_drain(struct session *session, const struct spooler *s)
{
	char error[SESSION_ERROR_BYTES], database[UUID_TEXT_BYTES];
	enum status rc;
	int version;

	rc = session_schema(session, &version, error);
	if (rc == STATUS_OK &&
	    admission_compare(spooler_admission(s), session->db, database,
		clock_ms() + PATIENCE_MS) == OUTCOME_FORBIDDEN) {
		session_say("\"%s\" is another database's: give each a "
			    "spool of its own; see tocsin.conf(5)",
		    session->conf.spool);
		return STATUS_SPOOL;
	}
	if (rc == STATUS_OK)
		return drain(session, s);
	session_say("%s", error);
	return (int)rc;
}

static int
run(struct session *session, const char *verb, bool json)
{
	struct spooler *s = open_spool(session);
	int rc = STATUS_SPOOL;

	if (s == NULL)
		return rc;
	if (strcmp(verb, "status") == 0)
		rc = status(s, json);
	else if (strcmp(verb, "retry-bad") == 0)
		rc = retry_bad(s);
	else
		rc = connect_and_drain(session, s);
	spooler_close(s);
	return rc;
}

int
tool_spool(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	char error[SESSION_ERROR_BYTES];
	bool json = false;
	const char *verb;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c != 'j')
			goto misused;
		json = true;
	}
	if (optind != argc - 1)
		goto misused;
	verb = argv[optind];
	if (strcmp(verb, "status") != 0 && strcmp(verb, "drain") != 0 &&
	    strcmp(verb, "retry-bad") != 0)
		goto misused;
	if (session_configure(session, error) != STATUS_OK ||
	    session_lacks_cell(session, error)) {
		session_say("%s", error);
		return STATUS_CONFIGURATION;
	}
	return run(session, verb, json);
misused:
	fputs(tool_spool_usage, stderr);
	return STATUS_USAGE;
}
