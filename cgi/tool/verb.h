/* SPDX-License-Identifier: ISC */
#ifndef TOOL_VERB_H
#define TOOL_VERB_H

#include <limits.h>
#include <stddef.h>

#include <getopt.h>

#include "tool/session.h"

#define VERB_MANY INT_MAX

/* What a command can do, such as list: the word after its name. */
struct verb {
	const char *name;
	const char *takes; /* letters of the options allowed */
	int min, max; /* number of arguments */
	const char *wants; /* what they are, in an error */
	enum db_call call;
	const char *value; /* for whoever runs it */
};

struct verb_command {
	const char *name;
	const char *usage;
	const struct verb *verbs;
	size_t n;
	const struct option *options; /* whose val is a letter */
	/* Take one, whose argument is optarg; option is its long name. */
	enum status (*set)(void *to, const char *option, int letter);
};

/*
 * Find the verb in argv[1], or print the usage, and set to, which is for
 * set(), to the options behind it.  *argv and *argc become the arguments.
 * Returns NULL after an error, which is one of usage and is printed.
 */
const struct verb *verb_read(const struct verb_command *command, void *to,
    int *argc, char ***argv);

#endif
