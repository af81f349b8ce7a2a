/* SPDX-License-Identifier: ISC */
/* tocsin-relay: sends notifications of alerts.  See tocsin-relay.8. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/process.h"
#include "base/timing.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "intake/kick.h"
#include "relay/patrol.h"
#include "relay/post.h"
#include "spool/dir.h"

#define SET_MAX 32 /* -o options */
#define BUDGET_MAX_S 86400
#define TURN_MS 5000 /* to wait for another that a responder started */

static const char usage[] =
    "usage: tocsin-relay [-c FILE] [-o NAME=VALUE]... [-n]\n"
    "       tocsin-relay [-c FILE] [-o NAME=VALUE]... --once [--budget S]\n"
    "                    [--started]\n"
    "\n"
    "Sends notifications of alerts: webhooks, mails, commands.\n"
    "\n"
    "      --once              send what is due, and end; print nothing\n"
    "      --budget S          start to send nothing after S seconds\n"
    "      --started           with --once: wait for other such relays, and\n"
    "                          look for more for 2 seconds, as a responder\n"
    "                          starts it\n"
    "  -c, --config FILE       read FILE (default: TOCSIN_CONF, or\n"
    "                          ~/.config/tocsin.conf, ~/etc/tocsin.conf,\n"
    "                          " SYSCONFDIR "/tocsin.conf)\n"
    "  -o, --set NAME=VALUE    set a key; overrides file and environment\n"
    "  -n, --check             check the configuration\n"
    "  -h, --help\n"
    "  -V, --version\n";

struct options {
	struct patrol_options patrol;
	bool check, started;
	const char *path;
	const char *set[SET_MAX];
	size_t n;
};

static void
print_and_exit(const char *text, FILE *out, int status)
{
	fputs(text, out);
	exit(status);
}

static int
read_seconds(const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 ||
	    n > BUDGET_MAX_S)
		print_and_exit(usage, stderr, 2);
	return (int)n;
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"once", no_argument, NULL, '1'},
	    {"budget", required_argument, NULL, 'b'},
	    {"started", no_argument, NULL, 's'},
	    {"config", required_argument, NULL, 'c'},
	    {"set", required_argument, NULL, 'o'},
	    {"check", no_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:o:nhV", names, NULL)) != -1) {
		if (c == '1')
			o->patrol.once = true;
		else if (c == 'b')
			o->patrol.budget_s = read_seconds(optarg);
		else if (c == 's')
			o->started = true;
		else if (c == 'c')
			o->path = optarg;
		else if (c == 'o' && o->n < SET_MAX)
			o->set[o->n++] = optarg;
		else if (c == 'n')
			o->check = true;
		else if (c == 'h')
			print_and_exit(usage, stdout, 0);
		else if (c == 'V')
			print_and_exit("tocsin " VERSION "\n", stdout, 0);
		else
			print_and_exit(usage, stderr, 2);
	}
	if (o->started)
		o->patrol.look_ms = KICK_EVERY_MS;
	if (optind < argc ||
	    ((o->patrol.budget_s > 0 || o->started) && !o->patrol.once))
		print_and_exit(usage, stderr, 2);
}

/*
 * Open the log.  With --once, a log on stderr goes to syslog instead, since
 * cron would mail each line.
 */
static void
open_log(struct conf *conf, bool once)
{
	if (once && strcmp(conf->log, "stderr") == 0) {
		free(conf->log);
		conf->log = strdup("syslog");
	}
	if (conf->log == NULL ||
	    log_open(conf->log, log_level_named(conf->log_level)) == -1)
		log_fatal("could not open \"%s\"",
		    conf->log == NULL ? "" : conf->log);
}

/* Use relay_database, if set, as the database. */
static void
choose_database(struct conf *conf)
{
	char *other = conf->database;

	if (conf->relay_database[0] == '\0')
		return;
	conf->database = conf->relay_database;
	conf->relay_database = other;
}

/*
 * Wait for the lock of a relay that another responder started.  Returns false
 * if that relay goes on: it then does the work of this one.
 */
static bool
await_turn(const struct conf *conf)
{
	struct spool_dir d = {
	    .dir = open(conf->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

	int lock;

	if (d.dir == -1)
		return false;
	/* Nothing closes it: the lock is that of this process. */
	lock = spool_dir_lock(&d, KICK_MARK, TURN_MS);
	close(d.dir);
	return lock != -1;
}

/* Check the values that conf_read() does not. */
static void
check(const struct conf *conf)
{
	char why[JOB_WHY_BYTES];
	struct post *post = post_open(conf, true, why);

	if (post == NULL)
		log_fatalx("%s", why);
	post_close(post);
}

int
main(int argc, char **argv)
{
	struct options o = {.check = false};
	struct conf conf;
	char error[CONF_ERROR_BYTES], why[JOB_WHY_BYTES];
	int rc = 0;

	descriptor_fill_standard();
	secret_forbid_cores();
	process_ignore_signals();
	read_options(&o, argc, argv);
	if (conf_read(&conf, o.path, o.set, o.n, error) == -1)
		log_fatalx("%s", error);
	choose_database(&conf);
	check(&conf);
	if (!o.check) {
		open_log(&conf, o.patrol.once);
		if (o.started && !await_turn(&conf))
			return 0;
		rc = patrol(&conf, &o.patrol, why);
		if (rc == -1)
			log_fatalx("%s", why);
	}
	conf_free(&conf);
	return rc;
}
