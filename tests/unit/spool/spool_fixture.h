/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_FIXTURE_H
#define SPOOL_FIXTURE_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "event/event.h"
#include "spool/backlog.h"
#include "spool/dir.h"
#include "spool/listing.h"
#include "spool/spool.h"
#include "spool/tally.h"
#include "tap.h"

#define DATABASE "5b0e8a3c-8e9f-4c1d-9a47-3d2f6a1b7c55"
#define NOW_US INT64_C(1767225600123456)

/* A spool of its own for the whole test, and the events of one sender. */
static char fixture_path[] = "/tmp/tocsin.XXXXXX";
static struct conf fixture_conf;
static struct spool_dir *spool;

static struct origin origin = {.source = "webhook",
    .integration_id = {"int_fixture", 11},
    .received_at = NOW_US,
    .remote_addr = {"192.0.2.7", 9}};

static inline void
open_spool(void)
{
	char error[SPOOL_DIR_ERROR_BYTES], path[64];

	if (mkdtemp(fixture_path) == NULL)
		exit(1);
	snprintf(path, sizeof(path), "%s/spool", fixture_path);
	fixture_conf.spool = strdup(path);
	fixture_conf.spool_volatile = true;
	fixture_conf.spool_max_files = 100000;
	fixture_conf.spool_max_bytes = 1L << 29;
	spool = spool_dir_open(&fixture_conf, error);
	if (spool == NULL) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
}

static inline void
close_spool(void)
{
	char command[64];

	spool_dir_close(spool);
	free(fixture_conf.spool);
	snprintf(command, sizeof(command), "rm -rf %s", fixture_path);
	if (system(command) != 0) /* of a path that we made */
		exit(1);
}

/* A create with this Id, as event_parse() would leave it. */
static inline struct event
make_event(const char *id)
{
	static char bodies[1024][160];
	static size_t next;
	char *body = bodies[next++ % 1024];
	struct event ev = {.from = &origin};

	uuid_make(&ev.id, NOW_US);
	snprintf(body, sizeof(bodies[0]),
	    "{\"event_type\":\"create\",\"Id\":\"%s\",\"Title\":\"t\"}", id);
	ev.raw = (struct slice){body, strlen(body)};
	ev.type = SLICE("create");
	ev.external_id = (struct slice){strstr(body, id), strlen(id)};
	ev.title = SLICE("t");
	return ev;
}

/* Spool events of these Ids; NULL or why not. */
static inline const char *
put(const char *const *ids, size_t n, enum outcome *outcomes)
{
	struct event events[256];
	const struct event *list[256];

	for (size_t i = 0; i < n; i++) {
		events[i] = make_event(ids[i]);
		list[i] = &events[i];
	}
	return spool_put(spool, list, n, DATABASE, clock_ms() + 10000,
	    outcomes);
}

/* As the drain does, when the event is stored. */
static inline void
remove_file(const char *name)
{
	int error;

	backlog_remove(spool, &name, 1, &error);
}

static inline int
write_at(int dir, const char *name, const char *text)
{
	unlinkat(dir, name, 0);
	return spool_dir_write(dir, name, text, strlen(text));
}

#endif
