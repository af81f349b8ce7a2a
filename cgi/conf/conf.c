/* SPDX-License-Identifier: ISC */
#include "conf/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/key_type.h"
#include "conf/secret.h"

#define SPACE " \t\r\n\v\f"
#define PREFIX "TOCSIN_"
#define FILE_BYTES_MAX (1024 * 1024)
#define PLACES 3 /* of the file, at most */
#define AT(member) offsetof(struct conf, member)

#pragma weak getpwuid

/*
 * A new key is a row here, a member of struct conf, and an entry in
 * tocsin.conf.example and tocsin.conf.5; tests/lint/drift.sh compares them.
 */
static const struct key {
	const char *name;
	struct key_type setting;
	size_t offset;
	const char *value; /* the default */
	const char *help;
} keys[] = {
    {"database", {KEY_CONNINFO, 0, 0}, AT(database), "",
	"libpq conninfo or URI; empty: PGHOST and so on, .pgpass"},
    {"connections", {KEY_INT, 1, 16}, AT(connections), "2",
	"database connections per process, at most"},
    {"workers", {KEY_INT, 1, 1024}, AT(workers), "64",
	"threads, and so concurrent requests, per process"},
    {"prepared", {KEY_BOOL, 0, 0}, AT(prepared), "yes",
	"prepare statements; no behind a pooler that cannot"},
    {"database_timeout", {KEY_INT, 100, 60000}, AT(database_timeout), "2000",
	"milliseconds for one call to the database"},
    {"request_timeout", {KEY_INT, 200, 60000}, AT(request_timeout), "8000",
	"milliseconds for a whole request; more than database_timeout"},
    {"end_with_parent", {KEY_BOOL, 0, 0}, AT(end_with_parent), "no",
	"stop when the parent process ends"},
    {"body_max", {KEY_LONG, 1024, 16777216}, AT(body_max), "2097152",
	"bytes in a request body, at most"},
    {"dialects", {KEY_PATH, 0, 0}, AT(dialects), "",
	"directory of dialects that override built-in ones; empty: none"},
    {"base_path", {KEY_URL_PREFIX, 0, 0}, AT(base_path), "",
	"prefix to strip from the URL path, like /alerts"},
    {"log", {KEY_LOG_TARGET, 0, 0}, AT(log), "stderr",
	"stderr, syslog, or the absolute path of a file"},
    {"log_level", {KEY_LOG_LEVEL, 0, 0}, AT(log_level), "info",
	"warn, info or debug"},
    {"spool", {KEY_PATH, 0, 0}, AT(spool), "",
	"directory for events while the database is down; empty: none"},
    {"spool_volatile", {KEY_BOOL, 0, 0}, AT(spool_volatile), "no",
	"allow a spool that a reboot empties"},
    {"spool_max_files", {KEY_LONG, 1, LONG_MAX}, AT(spool_max_files), "100000",
	"files in the spool, at most"},
    {"spool_max_bytes", {KEY_LONG, 4096, LONG_MAX}, AT(spool_max_bytes),
	"536870912", "bytes in the spool, at most"},
    {"keep_refused", {KEY_INT, 0, 1000}, AT(keep_refused), "100",
	"refused requests to keep in the spool, at most; 0: none"},
    {"door", {KEY_BOOL, 0, 0}, AT(door), "yes",
	"let tocsin.cgi start a responder and hand requests to it"},
    {"door_idle", {KEY_INT, 1, 86400}, AT(door_idle), "300",
	"seconds without a request until that responder ends"},
    {"board", {KEY_BOOL, 0, 0}, AT(board), "no",
	"show alerts on /board; the web server must ask for a password"},
    {"board_actions", {KEY_BOOL, 0, 0}, AT(board_actions), "no",
	"let the board acknowledge and resolve alerts"},
    {"heartbeat_get", {KEY_BOOL, 0, 0}, AT(heartbeat_get), "no",
	"take pings of heartbeats by GET, too; link previews send it"},
    {"cells", {KEY_PATH, 0, 0}, AT(cells), "",
	"for tocsin: directory with a NAME.conf for each cell; empty: none"},
    {"relay_database", {KEY_CONNINFO, 0, 0}, AT(relay_database), "",
	"libpq conninfo of tocsin-relay; empty: that of database"},
    {"relay_allow", {KEY_TEXT, 0, 0}, AT(relay_allow), "",
	"private networks to which tocsin-relay may send; empty: none"},
    {"relay_plain_http", {KEY_BOOL, 0, 0}, AT(relay_plain_http), "no",
	"let tocsin-relay use http:// to public addresses"},
    {"relay_proxy", {KEY_URL, 0, 0}, AT(relay_proxy), "",
	"URL of the proxy through which tocsin-relay sends; empty: none"},
    {"relay_ca", {KEY_PATH, 0, 0}, AT(relay_ca), "",
	"file of certificates that tocsin-relay trusts besides the host's; "
	"empty: none"},
    {"relay_secrets", {KEY_PATH, 0, 0}, AT(relay_secrets), "",
	"file of the secrets that destinations name; empty: none"},
    {"relay_commands", {KEY_PATH, 0, 0}, AT(relay_commands), "",
	"directory of the programs that destinations may name; empty: none"},
    {"relay_ping_url", {KEY_URL, 0, 0}, AT(relay_ping_url), "",
	"URL that tocsin-relay fetches each minute while all is well; empty: "
	"none"},
    {"relay_start", {KEY_BOOL, 0, 0}, AT(relay_start), "no",
	"let the responder start tocsin-relay; needs a spool"},
    {"mail_from", {KEY_TEXT, 0, 0}, AT(mail_from), "",
	"sender of mails, an address of a domain of this host; empty: send "
	"none"},
    {"sendmail", {KEY_PATH, 0, 0}, AT(sendmail), "/usr/sbin/sendmail",
	"program that takes mails on its standard input"},
    {"smtp_url", {KEY_SMTP_URL, 0, 0}, AT(smtp_url), "",
	"mail server to use instead, like smtp://mail.example.org:587; "
	"empty: none"},
    {"smtp_user", {KEY_TEXT, 0, 0}, AT(smtp_user), "",
	"user at that server, whose password is the secret smtp_password; "
	"empty: none"},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Where a value comes from: a line of the file, or one of these. */
enum { FROM_DEFAULT = 0, FROM_ENVIRONMENT = -1, FROM_OPTION = -2 };

struct reader {
	struct conf *c;
	const char *path;
	char *error; /* CONF_ERROR_BYTES */
	int from[KEYS];
};

/* Describe an error, without the value: it may be secret.  Returns -1. */
__attribute__((format(printf, 4, 5))) static int
fail(struct reader *r, int from, const char *name, const char *fmt, ...)
{
	char where[320] = "", what[KEY_FAULT_BYTES];
	va_list ap;
	size_t i;

	if (from > FROM_DEFAULT)
		snprintf(where, sizeof(where), "%.256s:%d: ", r->path, from);
	else if (from == FROM_OPTION)
		snprintf(where, sizeof(where), "option ");
	else if (from == FROM_ENVIRONMENT) {
		snprintf(where, sizeof(where), PREFIX "%.64s: ", name);
		for (i = strlen(PREFIX); where[i] != '\0'; i++)
			where[i] = (char)toupper((unsigned char)where[i]);
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(r->error, CONF_ERROR_BYTES, "%s%.64s%s%s", where, name,
	    name[0] == '\0' ? "" : ": ", what);
	return -1;
}

/* Find a key by name; NULL if there is none. */
static const struct key *
key_named(const char *name, size_t len)
{
	const struct key *k;

	for (k = keys; k < keys + KEYS; k++)
		if (strlen(k->name) == len && memcmp(k->name, name, len) == 0)
			return k;
	return NULL;
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, SPACE);
	n = strlen(s);
	while (n > 0 && strchr(SPACE, s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return s;
}

/* Apply one "name = value"; modifies pair. */
static int
set_pair(struct reader *r, int from, char *pair)
{
	char *equals = strchr(pair, '=');
	char fault[KEY_FAULT_BYTES];
	const struct key *k;
	const char *name;

	/* Without "=" any part of the line may be secret: show none of it. */
	if (equals == NULL)
		return fail(r, from, "", "must be name = value");
	*equals = '\0';
	name = trim(pair);
	k = key_named(name, strlen(name));
	if (k == NULL)
		return fail(r, from, name, "unknown key");
	if (from > FROM_DEFAULT && r->from[k - keys] > FROM_DEFAULT)
		return fail(r, from, name, "already set in line %d",
		    r->from[k - keys]);
	if (key_type_read(&k->setting, trim(equals + 1),
		(char *)r->c + k->offset, fault))
		return fail(r, from, name, "%s", fault);
	r->from[k - keys] = from;
	return 0;
}

/*
 * Refuse a password in a file that others can read.  As with .pgpass, only
 * the owner may have access; if root owns the file, its group may read it,
 * so that the web server's user can read it but not change it.
 */
static int
check_mode(struct reader *r, const struct stat *st)
{
	const struct key *k;
	const void *at;
	int line;

	if ((st->st_mode & (st->st_uid == 0 ? 037 : 077)) == 0)
		return 0;
	for (k = keys; k < keys + KEYS; k++) {
		at = (const char *)r->c + k->offset;
		line = r->from[k - keys];
		if (line > FROM_DEFAULT && k->setting.kind == KEY_CONNINFO &&
		    secret_present(*(char *const *)at))
			return fail(r, line, k->name,
			    "contains a password that others can read: "
			    "chmod 600 it, or make root its owner with "
			    "mode 640");
	}
	return 0;
}

static int
read_lines(struct reader *r, FILE *f)
{
	char *line = NULL, *text;
	size_t size = 0;
	ssize_t len;
	int n = 0, status = 0;

	while (status == 0 && (len = getline(&line, &size, f)) != -1) {
		n++;
		if (memchr(line, '\0', (size_t)len) != NULL) {
			status = fail(r, n, "", "contains a NUL byte");
			break;
		}
		text = trim(line);
		if (*text != '\0' && *text != '#')
			status = set_pair(r, n, text);
	}
	free(line);
	return status;
}

/*
 * Open a regular file of a length that a person may have written; /dev/null
 * counts as an empty one.  Nothing else: a FIFO may never open, and a device
 * never end.
 */
static FILE *
open_file(struct reader *r, const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *why = NULL;
	FILE *f = NULL;

	if (fd == -1 || fstat(fd, st) == -1)
		why = strerror(errno);
	else if (S_ISDIR(st->st_mode))
		why = strerror(EISDIR);
	else if (!S_ISREG(st->st_mode) &&
	    !(S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3)))
		why = "not a regular file";
	else if (st->st_size > FILE_BYTES_MAX)
		why = "over 1 MiB long";
	else if ((f = fdopen(fd, "r")) == NULL)
		why = strerror(errno);
	if (f != NULL)
		return f;
	snprintf(r->error, CONF_ERROR_BYTES, "could not open \"%.300s\": %s",
	    path, why);
	if (fd != -1)
		close(fd);
	return NULL;
}

/*
 * Read the file at path.  Returns 1 when it was read, 0 when it is optional
 * and absent, else -1.  Even an optional file must be readable if it exists:
 * silently using the defaults would surprise its owner.
 */
static int
read_file(struct reader *r, const char *path, bool must)
{
	struct stat st;
	FILE *f;
	int status;

	if (!must && stat(path, &st) == -1 &&
	    (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	r->path = path;
	f = open_file(r, path, &st);
	if (f == NULL)
		return -1;
	errno = 0;
	status = read_lines(r, f);
	if (status == 0 && ferror(f)) {
		snprintf(r->error, CONF_ERROR_BYTES,
		    "could not read \"%.300s\": %s", path, strerror(errno));
		status = -1;
	}
	if (status == 0)
		status = check_mode(r, &st);
	fclose(f);
	if (status == 0) {
		r->c->path = strdup(path);
		r->c->file = st;
	}
	return status == 0 ? 1 : -1;
}

/*
 * Find this user.  A statically linked program has no getpwuid(), which needs
 * shared libraries, and knows only the users in /etc/passwd.
 */
static const struct passwd *
this_user(void)
{
	const struct passwd *pw = NULL;
	FILE *f;

	if (getpwuid != NULL)
		return getpwuid(geteuid());
	f = fopen("/etc/passwd", "re");
	while (f != NULL && (pw = fgetpwent(f)) != NULL)
		if (pw->pw_uid == geteuid())
			break;
	if (f != NULL)
		fclose(f);
	return pw;
}

/*
 * List the files to try, the first that exists counts.  Returns their number;
 * if it is 1 and *must is set, that file has to exist.
 */
static size_t
list_places(const char *path, char places[PLACES][PATH_MAX], bool *must)
{
	static const char *const own[] = {"/.config/tocsin.conf",
	    "/etc/tocsin.conf"};
	const struct passwd *pw;
	size_t n = 0;

	if (path == NULL)
		path = getenv(PREFIX "CONF");
	*must = path != NULL && path[0] != '\0';
	if (*must) {
		snprintf(places[0], PATH_MAX, "%s", path);
		return 1;
	}
	pw = this_user();
	for (size_t i = 0; i < 2 && pw != NULL && pw->pw_dir[0] == '/'; i++)
		snprintf(places[n++], PATH_MAX, "%s%s", pw->pw_dir, own[i]);
	snprintf(places[n++], PATH_MAX, SYSCONFDIR "/tocsin.conf");
	return n;
}

static int
read_first(struct reader *r, const char *path)
{
	char places[PLACES][PATH_MAX];
	bool must;
	size_t n = list_places(path, places, &must);
	int status = 0;

	for (size_t i = 0; i < n && status == 0; i++)
		status = read_file(r, places[i], must);
	return status;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool
conf_is_stale(const struct conf *c, const char *path)
{
	char places[PLACES][PATH_MAX];
	struct stat st;
	bool must;
	size_t n = list_places(path, places, &must);

	for (size_t i = 0; i < n; i++)
		if (stat(places[i], &st) == 0)
			return c->path == NULL ||
			    strcmp(c->path, places[i]) != 0 ||
			    !is_same_file(&c->file, &st);
	return c->path != NULL;
}

/* Apply one TOCSIN_NAME=value from the environment. */
static int
read_variable(struct reader *r, const char *variable)
{
	char *pair = strdup(variable + strlen(PREFIX));
	int status = 0;
	size_t i;

	if (pair == NULL)
		return fail(r, FROM_ENVIRONMENT, "", "out of memory");
	for (i = 0; pair[i] != '=' && pair[i] != '\0'; i++)
		pair[i] = (char)tolower((unsigned char)pair[i]);
	if (key_named(pair, i) != NULL)
		status = set_pair(r, FROM_ENVIRONMENT, pair);
	else if (i != 4 || memcmp(pair, "conf", 4) != 0)
		/* Not an error: it may belong to another version. */
		log_warnx("ignored unknown variable " PREFIX "%.*s", (int)i,
		    variable + strlen(PREFIX));
	free(pair);
	return status;
}

static int
read_all(struct reader *r, const char *path, const char *const *set, size_t n)
{
	char fault[KEY_FAULT_BYTES];
	const struct key *k;
	char *const *e;
	char *pair;
	size_t i;
	int status = 0;

	for (k = keys; k < keys + KEYS; k++)
		if (key_type_read(&k->setting, k->value,
			(char *)r->c + k->offset, fault) == -1)
			return fail(r, FROM_DEFAULT, k->name, "%s", fault);
	if (read_first(r, path) == -1)
		return -1;
	for (e = environ; e != NULL && *e != NULL && status == 0; e++)
		if (strncmp(*e, PREFIX, strlen(PREFIX)) == 0)
			status = read_variable(r, *e);
	for (i = 0; i < n && status == 0; i++) {
		pair = strdup(set[i]);
		status = pair == NULL
		    ? fail(r, FROM_OPTION, "", "out of memory")
		    : set_pair(r, FROM_OPTION, pair);
		free(pair);
	}
	return status;
}

/* A request that times out on the database needs time for the spool. */
static int
check_timeouts(struct reader *r)
{
	const struct conf *c = r->c;
	const struct key *k;

	if (c->request_timeout > c->database_timeout)
		return 0;
	k = key_named("request_timeout", strlen("request_timeout"));
	if (r->from[k - keys] == FROM_DEFAULT)
		k = key_named("database_timeout", strlen("database_timeout"));
	return fail(r, r->from[k - keys], k->name,
	    "request_timeout, %d, must be more than database_timeout, %d",
	    c->request_timeout, c->database_timeout);
}

int
conf_read(struct conf *c, const char *path, const char *const *set, size_t n,
    char error[CONF_ERROR_BYTES])
{
	struct reader r = {.c = c, .error = error};

	memset(c, 0, sizeof(*c));
	c->set = set;
	c->set_n = n;
	if (read_all(&r, path, set, n) == 0 && check_timeouts(&r) == 0)
		return 0;
	conf_free(c);
	return -1;
}

void
conf_dump(const struct conf *c, FILE *out)
{
	const struct key *k;
	const void *at;
	char *masked;

	if (c->path != NULL)
		fprintf(out, "# %s\n", c->path);
	for (k = keys; k < keys + KEYS; k++) {
		at = (const char *)c + k->offset;
		fprintf(out, "%s = ", k->name);
		if (k->setting.kind == KEY_CONNINFO) {
			masked = secret_mask(*(char *const *)at);
			fputs(masked == NULL ? "" : masked, out);
			free(masked);
		} else {
			key_type_print(&k->setting, at, out);
		}
		putc('\n', out);
	}
}

void
conf_example(FILE *out)
{
	const struct key *k;

	for (k = keys; k < keys + KEYS; k++)
		fprintf(out, "%s# %s\n#%s =%s%s\n", k == keys ? "" : "\n",
		    k->help, k->name, k->value[0] == '\0' ? "" : " ", k->value);
}

void
conf_free(struct conf *c)
{
	const struct key *k;

	for (k = keys; k < keys + KEYS; k++)
		if (k->setting.kind >= KEY_CONNINFO)
			free(*(char **)(void *)((char *)c + k->offset));
	free(c->path);
	memset(c, 0, sizeof(*c));
}
