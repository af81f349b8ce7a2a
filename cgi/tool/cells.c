/* SPDX-License-Identifier: ISC */
#include "tool/cells.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".conf"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789"

/* Return the length of NAME in NAME.conf; 0 for any other file. */
static size_t
name_length(const char *file)
{
	size_t len = strlen(file), suffix = strlen(SUFFIX);

	if (file[0] == '.' || len <= suffix ||
	    strcmp(file + len - suffix, SUFFIX) != 0)
		return 0;
	return len - suffix;
}

static int
is_configuration(const struct dirent *d)
{
	return name_length(d->d_name) > 0;
}

/* Run one() for the cell of this file. */
static enum status
run_one(const struct session *outer, const char *dir, const char *file,
    enum status (*one)(struct session *session, void *arg), void *arg)
{
	struct session cell = {.n = outer->n};
	size_t len = name_length(file);
	char path[PATH_MAX];
	enum status status;

	if (len >= SESSION_CELL_BYTES || strspn(file, NAME_CHARACTERS) < len) {
		session_say("\"%s/%s\" is not a cell's: the name of one is 1 "
			    "to %d of a-z and 0-9",
		    dir, file, SESSION_CELL_BYTES - 1);
		return STATUS_CONFIGURATION;
	}
	memcpy(cell.set, outer->set, sizeof(cell.set));
	memcpy(cell.cell, file, len);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	cell.path = path;
	session_speak_for(cell.cell);
	status = one(&cell, arg);
	session_speak_for("");
	session_close(&cell);
	return status;
}

static enum status
run_all(const struct session *outer, const char *dir,
    enum status (*one)(struct session *session, void *arg), void *arg)
{
	enum status status = STATUS_OK, s;
	struct dirent **files = NULL;
	int n = scandir(dir, &files, is_configuration, alphasort);

	if (n <= 0 || n > CELLS_MAX) {
		session_say("could not list the cells in \"%s\": %s", dir,
		    n == -1      ? strerror(errno)
			: n == 0 ? "there is no NAME.conf"
				 : "too many");
		status = STATUS_CONFIGURATION;
	}
	for (int i = 0; i < n; i++) {
		s = n > CELLS_MAX
		    ? status
		    : run_one(outer, dir, files[i]->d_name, one, arg);
		if (s > status)
			status = s;
		free(files[i]);
	}
	free(files);
	return status;
}

enum status
cells_each(struct session *session,
    enum status (*one)(struct session *session, void *arg), void *arg)
{
	char error[CONF_ERROR_BYTES];
	enum status status;
	struct conf conf;

	/* What is wrong with it, one() finds too. */
	if (session->database != NULL ||
	    conf_read(&conf, session->path, session->set, session->n, error) ==
		-1)
		return one(session, arg);
	if (conf.cells[0] == '\0')
		status = one(session, arg);
	else
		status = run_all(session, conf.cells, one, arg);
	conf_free(&conf);
	return status;
}
