/* SPDX-License-Identifier: ISC */
#include "tool/dialect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialect/builtin.h"
#include "dialect/dialects.h"
#include "tool/terminal.h"

#define SUFFIX ".dialect"

const char tool_dialect_usage[] =
    "usage: tocsin dialect list\n"
    "       tocsin dialect show NAME\n"
    "       tocsin dialect check FILE...\n"
    "\n"
    "A dialect translates another program's webhooks; the URL names it, as\n"
    "in /integration/int_.../alertmanager.\n"
    "\n"
    "  list   print the dialects: those built in, and yours\n"
    "  show   print the file of one, to change it: put the result into the\n"
    "         directory that the key dialects names\n"
    "  check  read files, and print the line of the first fault in each\n"
    "\n"
    "See tocsin.dialect(5).\n";

static const struct builtin *
builtin_named(const char *name)
{
	for (const struct builtin *b = builtins; b->name != NULL; b++)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

/* The name of a dialect that a path has, without folders and suffix. */
static struct slice
name_in(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct slice name = slice_of(slash == NULL ? path : slash + 1);
	size_t suffix = strlen(SUFFIX);

	if (name.len > suffix &&
	    strcmp(name.p + name.len - suffix, SUFFIX) == 0)
		name.len -= suffix;
	return name;
}

/* Return the path of the file of that name in dir, or NULL. */
static char *
path_in(const char *dir, const char *name)
{
	char *path = NULL;

	if (dir[0] != '\0' && asprintf(&path, "%s/%s" SUFFIX, dir, name) == -1)
		path = NULL;
	if (path != NULL && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

struct dialect *
tool_dialect_find(const char *dir, const char *name, enum status *status)
{
	bool is_path = strpbrk(name, "/.") != NULL;
	char error[DIALECT_ERROR_BYTES], *path;
	const struct builtin *b = builtin_named(name);
	struct dialect *d = NULL;

	*status = STATUS_FAILED;
	path = is_path ? strdup(name) : path_in(dir, name);
	if (path != NULL) {
		d = dialects_read_file(path, name_in(path), error);
		if (d == NULL)
			session_say("%s: %s", path, error);
		free(path);
		return d;
	}
	if (b == NULL) {
		*status = STATUS_USAGE;
		session_say("there is no dialect \"%s\": tocsin dialect list",
		    name);
		return NULL;
	}
	d = dialect_read(slice_of(name), (const char *)b->text, b->len, error);
	if (d == NULL)
		session_say("%s: %s", name, error);
	return d;
}

struct dialect *
tool_dialect_read(struct session *session, const char *name,
    enum status *status)
{
	char error[SESSION_ERROR_BYTES];
	struct dialect *d;

	if (session_configure(session, error) != STATUS_OK)
		return tool_dialect_find("", name, status);
	d = tool_dialect_find(session->conf.dialects, name, status);
	/* session_open() may read it again. */
	conf_free(&session->conf);
	return d;
}

/* Who wants to see all dialects. */
struct walk {
	const char *dir;
	void (*seen)(struct dialect *d, void *arg);
	void *arg;
};

static void
see(const struct walk *w, struct dialect *d)
{
	if (d != NULL)
		w->seen(d, w->arg);
	dialect_free(d);
}

static void
see_file(const struct dialects_file *f, void *arg)
{
	char error[DIALECT_ERROR_BYTES], *path;
	const struct walk *w = arg;

	if (f->error[0] != '\0' ||
	    asprintf(&path, "%s/%s", w->dir, f->name) == -1)
		return;
	see(w, dialects_read_file(path, name_in(path), error));
	free(path);
}

void
tool_dialect_each(const char *dir, void (*seen)(struct dialect *d, void *arg),
    void *arg)
{
	struct walk w = {dir, seen, arg};
	char error[DIALECT_ERROR_BYTES], *path;

	dialects_check(dir, see_file, &w);
	for (const struct builtin *b = builtins; b->name != NULL; b++) {
		path = path_in(dir, b->name);
		if (path == NULL)
			see(&w,
			    dialect_read(slice_of(b->name),
				(const char *)b->text, b->len, error));
		free(path);
	}
}

static void
print_one(struct slice name, const char *text)
{
	printf("%-16.*s  ", (int)name.len, name.p);
	terminal_text(stdout, text);
	putchar('\n');
}

/* Print a file of the user's directory. */
static void
print_file(const struct dialects_file *f, void *arg)
{
	char text[DIALECT_ERROR_BYTES + 16];

	(void)arg;
	snprintf(text, sizeof(text), "%s%s",
	    f->error[0] == '\0' ? "yours" : "yours, broken: ", f->error);
	print_one(name_in(f->name), text);
}

static enum status
list(struct session *session)
{
	char error[SESSION_ERROR_BYTES], about[200];
	struct dialect *d;

	for (const struct builtin *b = builtins; b->name != NULL; b++) {
		d = dialect_read(slice_of(b->name), (const char *)b->text,
		    b->len, error);
		snprintf(about, sizeof(about), "%.*s",
		    d == NULL ? 0 : (int)d->about.len,
		    d == NULL ? "" : d->about.p);
		print_one(slice_of(b->name), d == NULL ? error : about);
		dialect_free(d);
	}
	if (session_configure(session, error) != STATUS_OK) {
		session_say("%s", error);
		return STATUS_CONFIGURATION;
	}
	if (dialects_check(session->conf.dialects, print_file, NULL) == -1) {
		session_say("could not read \"%s\": %s", session->conf.dialects,
		    strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static enum status
show(struct session *session, const char *name)
{
	enum status status;
	struct dialect *d = tool_dialect_read(session, name, &status);

	if (d == NULL)
		return status;
	fwrite(d->file.p, 1, d->file.len, stdout);
	dialect_free(d);
	return STATUS_OK;
}

static enum status
check(char **paths)
{
	enum status status = STATUS_OK;
	char error[DIALECT_ERROR_BYTES];
	struct dialect *d;

	for (; *paths != NULL; paths++) {
		d = dialects_read_file(*paths, name_in(*paths), error);
		if (d == NULL) {
			session_say("%s: %s", *paths, error);
			status = STATUS_FAILED;
		}
		dialect_free(d);
	}
	return status;
}

int
tool_dialect(struct session *session, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return (int)list(session);
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return (int)show(session, argv[2]);
	if (argc >= 3 && strcmp(argv[1], "check") == 0)
		return (int)check(argv + 2);
	fputs(tool_dialect_usage, stderr);
	return STATUS_USAGE;
}
