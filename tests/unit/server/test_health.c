/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/health.h"
#include "tap.h"

static bool
has(const struct reply *rep, const char *words)
{
	if (memmem(rep->body.data, rep->body.len, words, strlen(words)) != NULL)
		return true;
	printf("# %.*s\n", (int)rep->body.len, rep->body.data);
	return false;
}

/* Without a database or a spool. */
static void
test_outage(struct intake *in)
{
	struct metrics *metrics = metrics_open(-1);
	struct reply rep = {0};
	int64_t start = clock_ms();

	reply_begin(&rep);
	health_live(&rep);
	is_int(rep.status, 200, "who answers is alive");
	reply_begin(&rep);
	health_ready(&rep, in, NULL);
	is_int(rep.status, 503, "without a database nothing is ready");
	ok(rep.retry, "but may be later");
	ok(has(&rep, "\"database\":{\"ok\":false,\"schema\":null,"),
	    "the database is named");
	ok(has(&rep, "\"ready\":false}"), "and the sum of it");
	ok(!memmem(rep.body.data, rep.body.len, "spool", 5),
	    "where there is no spool there is nothing to say of it");
	reply_begin(&rep);
	health_metrics(&rep, in, NULL, metrics);
	is_int(rep.status, 200, "the metrics are there nevertheless");
	ok(has(&rep, "tocsin_database_up 0\n"), "the database is not up");
	ok(has(&rep, "tocsin_build_info{version=\"" VERSION "\",schema=\""),
	    "the version is told");
	ok(has(&rep, "tocsin_requests_total{code=\"200\"} 0\n"),
	    "the counters stand at 0");
	ok(!memmem(rep.body.data, rep.body.len, "tocsin_alerts", 13),
	    "nothing is said of alerts that nobody can count");
	ok(clock_ms() - start < 2000, "and all that within a second each");
	reply_free(&rep);
	metrics_close(metrics);
}

int
main(void)
{
	const char *set[] = {"database=host=/nonexistent"};
	char error[CONF_ERROR_BYTES];
	struct intake *in;
	struct conf conf;

	unsetenv("TOCSIN_CONF");
	log_open("stderr", LOG_WARN_LEVEL);
	if (freopen("/dev/null", "w", stderr) == NULL ||
	    conf_read(&conf, "/dev/null", set, 1, error) == -1)
		return 1;
	in = intake_open(&conf, DB_SERVER, NULL, NULL);
	if (!ok(in != NULL, "an intake opens without a database"))
		return 1;
	test_outage(in);
	intake_close(in);
	conf_free(&conf);
	return done_testing();
}
