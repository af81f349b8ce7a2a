/* SPDX-License-Identifier: ISC */
#include "tool/verb.h"

#include <stdio.h>
#include <string.h>

static const struct verb *
find(const struct verb_command *command, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < command->n; i++)
		if (strcmp(argv[1], command->verbs[i].name) == 0)
			return &command->verbs[i];
	fputs(command->usage, stderr);
	return NULL;
}

const struct verb *
verb_read(const struct verb_command *command, void *to, int *argc, char ***argv)
{
	const struct verb *v = find(command, *argc, *argv);
	const struct option *options = command->options;
	int c, at = 0;

	if (v == NULL)
		return NULL;
	(*argv)[1] = (*argv)[0]; /* the prefix of getopt(3)'s messages */
	++*argv;
	--*argc;
	while ((c = getopt_long(*argc, *argv, "", options, &at)) != -1) {
		if (c == '?')
			return NULL;
		if (strchr(v->takes, c) == NULL) {
			session_say("%s %s takes no --%s", command->name,
			    v->name, options[at].name);
			return NULL;
		}
		if (command->set(to, options[at].name, c) != STATUS_OK)
			return NULL;
	}
	*argc -= optind;
	*argv += optind;
	if (*argc >= v->min && *argc <= v->max)
		return v;
	session_say("%s %s takes %s", command->name, v->name, v->wants);
	return NULL;
}
