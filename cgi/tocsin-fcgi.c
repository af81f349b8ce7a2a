/* SPDX-License-Identifier: ISC */
/* tocsin.fcgi: the responder, as FastCGI or CGI.  See tocsin.fcgi.8. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/timing.h"
#include "base/uuid.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "dialect/dialects.h"
#include "door/resident.h"
#include "http/http.h"
#include "http/reply.h"
#include "intake/housekeeper.h"
#include "intake/intake.h"
#include "intake/kick.h"
#include "server/endpoint.h"
#include "server/serve.h"
#include "spool/dir.h"
#include "spool/spooler.h"

#define SET_MAX 32 /* -o options */
#define LIFE_MIN_MS 50

static const char usage[] =
    "usage: tocsin.fcgi [-c FILE] [-o NAME=VALUE]... [-n]\n"
    "\n"
    "Receives alert webhooks and stores them in PostgreSQL.  A web server\n"
    "starts it: as FastCGI with a listening socket as standard input, or as\n"
    "CGI for one request; or tocsin.cgi does, with an option of its own.\n"
    "\n"
    "  -c, --config FILE       read FILE (default: TOCSIN_CONF, or\n"
    "                          ~/.config/tocsin.conf, ~/etc/tocsin.conf,\n"
    "                          " SYSCONFDIR "/tocsin.conf)\n"
    "  -o, --set NAME=VALUE    set a key; overrides file and environment\n"
    "  -n, --check             check the configuration and the spool\n"
    "      --door SPOOL        listen in this spool for tocsin.cgi\n"
    "      --once              serve the FastCGI connection on standard input\n"
    "      --dump-config       print the configuration, passwords masked\n"
    "      --example-config    print every key with its default\n"
    "  -h, --help\n"
    "  -V, --version\n";

enum action { SERVE, CHECK, DUMP, DOOR, ONCE };

struct options {
	enum action action;
	const char *path;
	const char *set[SET_MAX];
	size_t n;
	char spool[PATH_MAX + 8]; /* "spool=..." of --door */
};

static int64_t started_at;

/*
 * lighttpd looks, one millisecond after it started a program, whether that
 * still runs; if not, lighttpd ends, and with it all that it serves.  So live
 * longer, but less than the 100 ms after which spawn-fcgi looks: it reports the
 * failure.
 */
static void
outlive_look(void)
{
	poll(NULL, 0, clock_left_ms(started_at + LIFE_MIN_MS));
}

static void
print_and_exit(const char *text, FILE *out, int status)
{
	fputs(text, out);
	exit(status);
}

static void
add_setting(struct options *o, const char *setting)
{
	if (o->n == SET_MAX)
		log_fatalx("more than %d -o options", SET_MAX);
	o->set[o->n++] = setting;
}

/* Whoever starts the responder behind a door need not stay. */
static void
choose_door(struct options *o, const char *spool)
{
	o->action = DOOR;
	snprintf(o->spool, sizeof(o->spool), "spool=%s", spool);
	add_setting(o, o->spool);
	add_setting(o, "end_with_parent=no");
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"set", required_argument, NULL, 'o'},
	    {"check", no_argument, NULL, 'n'},
	    {"door", required_argument, NULL, 'd'},
	    {"once", no_argument, NULL, '1'},
	    {"dump-config", no_argument, NULL, 'D'},
	    {"example-config", no_argument, NULL, 'E'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:o:nhV", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->path = optarg;
			break;
		case 'o':
			add_setting(o, optarg);
			break;
		case 'n':
			o->action = CHECK;
			break;
		case 'd':
			choose_door(o, optarg);
			break;
		case '1':
			o->action = ONCE;
			break;
		case 'D':
			o->action = DUMP;
			break;
		case 'E':
			conf_example(stdout);
			exit(0);
		case 'h':
			print_and_exit(usage, stdout, 0);
			break;
		case 'V':
			print_and_exit("tocsin " VERSION "\n", stdout, 0);
			break;
		default:
			print_and_exit(usage, stderr, 2);
		}
	}
	if (optind < argc)
		print_and_exit(usage, stderr, 2);
}

/*
 * Whether what is written to stderr is lost, as under a lighttpd that runs
 * as a daemon and under spawn-fcgi.
 */
static bool
stderr_is_lost(void)
{
	struct stat st, null;

	return fstat(STDERR_FILENO, &st) == -1 ||
	    (stat("/dev/null", &null) == 0 && S_ISCHR(st.st_mode) &&
		st.st_rdev == null.st_rdev);
}

/*
 * Open the configured log, or syslog in place of a stderr that is lost.
 * Returns 0, or -1 with error set.
 */
static int
open_log(struct conf *conf, bool is_lost, char error[CONF_ERROR_BYTES])
{
	if (is_lost && strcmp(conf->log, "stderr") == 0) {
		free(conf->log);
		conf->log = strdup("syslog");
		if (conf->log == NULL)
			log_fatal("could not start");
	}
	if (log_open(conf->log, log_level_named(conf->log_level)) == 0)
		return 0;
	snprintf(error, CONF_ERROR_BYTES, "could not open \"%.300s\": %s",
	    conf->log, strerror(errno));
	return -1;
}

/* Answer as CGI, or the one request of the connection http. */
static int
answer_one(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics, struct http *http)
{
	struct worker w = {.conf = conf,
	    .spooler = spooler,
	    .metrics = metrics,
	    .http = http};

	process_block_signals();
	w.intake = intake_open(conf, DB_ONE_SHOT, spooler, metrics);
	w.dialects = dialects_open(conf->dialects);
	w.kick = kick_open(conf, spooler == NULL ? NULL : spooler_dir(spooler));
	if (w.intake == NULL || w.dialects == NULL)
		log_fatal("could not start");
	endpoint_read(&w);
	endpoint_answer(&w);
	/* Close, so that the web server can complete the reply. */
	close(STDOUT_FILENO);
	close(STDIN_FILENO); /* Apache's mod_cgid uses one socket for both */
	descriptor_fill_standard();
	endpoint_keep(&w);
	housekeeper_once(conf, w.intake, spooler, w.kick, CGI_HOUSEKEEPING_MS);
	endpoint_free(&w);
	dialects_close(w.dialects);
	kick_close(w.kick);
	intake_close(w.intake);
	return 0;
}

/* Answer the one FastCGI request that tocsin.cgi has on standard input. */
static int
answer_connection(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics)
{
	struct http *http = http_open(true);
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int rc = 1;

	if (http == NULL || fd == -1)
		log_fatal("could not start");
	if (http_accept(http, fd) == 0)
		rc = answer_one(conf, spooler, metrics, http);
	http_close(http);
	return rc;
}

/*
 * Log the error and exit.  As CGI, first reply 503, so that the sender tries
 * again after the configuration is fixed.
 */
static void
fail(const char *error, bool is_cgi)
{
	struct request req = {.method = ""};
	struct reply rep = {0};

	if (is_cgi) {
		http_read(NULL, &req);
		reply_begin(&rep);
		reply_problem(&rep, OUTCOME_UNAVAILABLE, NULL);
		http_send(&req, &rep);
		reply_free(&rep);
	}
	log_fatalx("%s", error);
}

static int
answer(const struct conf *conf, const struct options *o,
    struct spooler *spooler, bool is_cgi)
{
	struct listener web_server = {.fd = STDIN_FILENO};
	struct metrics *metrics;
	int rc;

	metrics =
	    metrics_open(spooler == NULL ? -1 : spooler_dir(spooler)->dir);
	/* A spooled event is asked what overtook it, by the order of ids. */
	uuid_share(metrics_uuid(metrics));
	if (is_cgi) {
		rc = answer_one(conf, spooler, metrics, NULL);
	} else if (o->action == ONCE) {
		rc = answer_connection(conf, spooler, metrics);
	} else if (o->action == DOOR) {
		rc = resident_serve(conf, o->path, spooler, metrics);
	} else {
		if (conf->end_with_parent)
			process_end_with_parent();
		rc = serve(conf, spooler, metrics, &web_server);
	}
	uuid_share(NULL);
	metrics_close(metrics);
	return rc == 0 ? 0 : 1;
}

/* Open the spool, if one is configured, and serve. */
static int
run(const struct conf *conf, const struct options *o, bool is_cgi,
    char error[CONF_ERROR_BYTES])
{
	struct spooler *spooler = NULL;
	struct spool_dir *dir;
	int rc = 0;

	if (conf->spool[0] != '\0') {
		dir = spool_dir_open(conf, error);
		if (dir == NULL)
			return -1;
		spooler = spooler_open(dir);
		if (spooler == NULL)
			log_fatal("could not start");
	} else if (o->action == DOOR) {
		log_fatalx("a door needs a spool");
	}
	if (o->action == CHECK)
		rc = dialects_warn(conf->dialects) == 0 ? 0 : 1;
	else
		rc = answer(conf, o, spooler, is_cgi);
	spooler_close(spooler);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.action = SERVE};
	struct conf conf;
	char error[CONF_ERROR_BYTES];
	bool is_fcgi, is_cgi, is_lost;
	int rc = 0;

	descriptor_fill_standard();
	secret_forbid_cores();
	process_ignore_signals();
	is_fcgi = descriptor_is_listening(STDIN_FILENO);
	if (is_fcgi) {
		started_at = clock_ms();
		atexit(outlive_look);
	}
	is_cgi = !is_fcgi && getenv("REQUEST_METHOD") != NULL;
	/* CGI arguments may come from the query string (RFC 3875 4.4). */
	if (!is_cgi)
		read_options(&o, argc, argv);
	if (!is_cgi && !is_fcgi && o.action == SERVE)
		print_and_exit(usage, stderr, 2);

	is_lost = o.action == SERVE && stderr_is_lost();
	if (is_lost)
		log_open("syslog", LOG_INFO_LEVEL);
	if (conf_read(&conf, o.path, o.set, o.n, error) == -1 ||
	    open_log(&conf, is_lost, error) == -1)
		fail(error, is_cgi);
	if (o.action == DUMP)
		conf_dump(&conf, stdout);
	else
		rc = run(&conf, &o, is_cgi, error);
	if (rc == -1)
		fail(error, is_cgi);
	conf_free(&conf);
	return rc;
}
