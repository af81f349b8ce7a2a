/* SPDX-License-Identifier: ISC */
#ifndef CONNECTION_FIXTURE_H
#define CONNECTION_FIXTURE_H

#include <sched.h>

#include "base/log.h"
#include "base/timing.h"
#include "conf/conf.h"
#include "db/fake_pq.h"
#include "tap.h"

/* Steps that most scripts begin with. */
#define STRINGIFY(n) #n
#define TEXT_OF(n) STRINGIFY(n)
/* clang-format off */
#define CONNECT {.call = "connect"}
#define SCHEMA_FITS {.call = "schema_version", .cell = TEXT_OF(SCHEMA)}
/* clang-format on */

static char log_path[] = "/tmp/tocsin-pq-XXXXXX";
static char fixture_database[] = "host=somewhere";
static struct conf fixture_conf = {.database = fixture_database,
    .database_timeout = DATABASE_MS};

static inline void
open_log(void)
{
	int fd = mkstemp(log_path);

	if (fd == -1 || log_open(log_path, LOG_INFO_LEVEL) == -1)
		exit(1);
	close(fd);
}

static inline void
close_log(void)
{
	log_open("/dev/null", LOG_WARN_LEVEL);
	unlink(log_path);
}

/* Return how many lines of the log have these words, and empty it. */
static inline int
logged(const char *words)
{
	FILE *f = fopen(log_path, "r");
	char line[1024];
	int n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, words) != NULL;
	if (f == NULL || fclose(f) != 0 || truncate(log_path, 0) == -1)
		exit(1);
	return n;
}

#endif
