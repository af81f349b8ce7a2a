/* SPDX-License-Identifier: ISC */
/* tocsin.fcgi: the responder, as FastCGI or CGI.  See tocsin.fcgi.8. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/timing.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "http/http.h"
#include "http/reply.h"
#include "intake/housekeeper.h"
#include "intake/intake.h"
#include "server/endpoint.h"
#include "server/serve.h"
#include "spool/dir.h"
#include "spool/spooler.h"

#define SET_MAX 32 /* -o options */

static const char usage[] =
    "usage: tocsin.fcgi [-c FILE] [-o NAME=VALUE]... [-n]\n"
    "\n"
    "Receives alert webhooks and stores them in PostgreSQL.  A web server\n"
    "starts it: as FastCGI with a listening socket as standard input, or as\n"
    "CGI for one request.\n"
    "\n"
    "  -c, --config FILE       read FILE (default: TOCSIN_CONF, or\n"
    "                          ~/.config/tocsin.conf, ~/etc/tocsin.conf,\n"
    "                          " SYSCONFDIR "/tocsin.conf)\n"
    "  -o, --set NAME=VALUE    set a key; overrides file and environment\n"
    "  -n, --check             check the configuration and the spool\n"
    "      --dump-config       print the configuration, passwords masked\n"
    "      --example-config    print every key with its default\n"
    "  -h, --help\n"
    "  -V, --version\n";

enum action { SERVE, CHECK, DUMP };

struct options {
	enum action action;
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

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"set", required_argument, NULL, 'o'},
	    {"check", no_argument, NULL, 'n'},
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
			if (o->n == SET_MAX)
				log_fatalx("more than %d -o options", SET_MAX);
			o->set[o->n++] = optarg;
			break;
		case 'n':
			o->action = CHECK;
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
 * Open /dev/null on closed standard descriptors: otherwise a file opened
 * later could become stderr and receive what a library prints there.
 */
static void
fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

static bool
is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on != 0;
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

/*
 * Block signals while storing: a web server kills a CGI process whose client
 * disconnects, but an event that was read must be stored.
 */
static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int
answer_one(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics)
{
	struct worker w = {.conf = conf,
	    .spooler = spooler,
	    .metrics = metrics};

	block_signals();
	w.intake = intake_open(conf, DB_ONE_SHOT, spooler, metrics);
	if (w.intake == NULL)
		log_fatal("could not start");
	endpoint_answer(&w);
	/* Close, so that the web server can complete the reply. */
	close(STDOUT_FILENO);
	close(STDIN_FILENO); /* Apache's mod_cgid uses one socket for both */
	fill_standard_fds();
	housekeeper_once(conf, w.intake, spooler, CGI_HOUSEKEEPING_MS);
	endpoint_free(&w);
	intake_close(w.intake);
	return 0;
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

/*
 * Stop when the web server dies: if killed, it cannot stop this process, and
 * its successor would use our socket, and so an old program, or leave this
 * process running for ever.
 */
static void
end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/*
	 * It may have died before prctl().  If the web server is process 1,
	 * as in a container, this process is in its session.
	 */
	if (getppid() == 1 && getsid(0) != getsid(1))
		log_fatalx("the web server has ended");
}

static int
answer(const struct conf *conf, struct spooler *spooler, bool is_cgi)
{
	struct metrics *metrics;
	int rc;

	metrics =
	    metrics_open(spooler == NULL ? -1 : spooler_dir(spooler)->dir);
	if (is_cgi) {
		rc = answer_one(conf, spooler, metrics);
	} else {
		if (conf->end_with_parent)
			end_with_parent();
		rc = serve(conf, spooler, metrics, STDIN_FILENO) == 0 ? 0 : 1;
	}
	metrics_close(metrics);
	return rc;
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
	}
	if (o->action == SERVE)
		rc = answer(conf, spooler, is_cgi);
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

	fill_standard_fds();
	secret_forbid_cores();
	signal(SIGPIPE, SIG_IGN);
	is_fcgi = is_listening(STDIN_FILENO);
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
