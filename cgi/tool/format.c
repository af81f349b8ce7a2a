/* SPDX-License-Identifier: ISC */
#include "tool/format.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/input.h"
#include "tool/table.h"

#define DEFINITION_MAX_BYTES 65536

const char tool_format_usage[] =
    "usage: tocsin format list [--json]\n"
    "       tocsin format show NAME\n"
    "       tocsin format add NAME [FILE]\n"
    "       tocsin format remove NAME\n"
    "\n"
    "A format defines messages to a destination: a template in JSON, and\n"
    "limits.\n"
    "\n"
    "  list    print the formats: those built in, and yours\n"
    "  show    print the definition of one\n"
    "  add     create or replace one of yours; FILE has the form that show\n"
    "          prints; without FILE, or with -, read standard input\n"
    "  remove  remove one of yours that no destination uses\n"
    "\n"
    "tocsin(1) describes the language of templates.\n";

static int
print_list(const struct rows *rows, bool json)
{
	static const struct table_column columns[] = {
	    {"name", "NAME", TABLE_TEXT},
	    {"audience", "FOR", TABLE_TEXT},
	    {"is_builtin", "BUILT IN", TABLE_BOOL},
	};
	const size_t n = sizeof(columns) / sizeof(columns[0]);
	struct table t = {columns, n, NULL, (size_t)rows->n};
	const char **cells = calloc(t.rows * n + 1, sizeof(*cells));

	if (cells == NULL)
		return -1;
	for (size_t i = 0; i < t.rows * n; i++)
		cells[i] = rows_cell(rows, (int)(i / n), columns[i % n].name);
	t.cells = cells;
	if (json)
		table_json(stdout, &t, true);
	else
		table_print(stdout, &t);
	free(cells);
	return 0;
}

static enum status
run(struct session *session, enum db_call call, const char *const *params,
    bool json)
{
	struct rows rows;
	enum status status = session_call(session, call, params, &rows);

	if (status != STATUS_OK) {
		;
	} else if (call == DB_FORMAT_LIST) {
		if (print_list(&rows, json) == -1) {
			session_say("out of memory");
			status = STATUS_FAILED;
		}
	} else if (call == DB_FORMAT_SHOW && rows.n == 1) {
		puts(rows_cell(&rows, 0, "definition"));
	} else {
		printf("%s the format %s\n",
		    call == DB_FORMAT_ADD ? "added" : "removed", params[0]);
	}
	rows_free(&rows);
	return status;
}

/* The NUL at its end stands for the end of the definition. */
static enum status
add(struct session *session, const char *name, const char *path)
{
	struct buf definition = {0};
	enum status status = STATUS_FAILED;
	const char *params[] = {name, NULL};

	if (input_read(&definition, path, DEFINITION_MAX_BYTES,
		"the definition") == 0) {
		definition.max++;
		buf_append(&definition, "", 1);
		params[1] = definition.data;
		if (!definition.failed)
			status = run(session, DB_FORMAT_ADD, params, false);
	}
	buf_free(&definition);
	return status;
}

int
tool_format(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	bool json = false, misused = false;
	const char *verb, *params[1];
	int c, n;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		misused |= c != 'j';
		json = true;
	}
	n = argc - optind;
	verb = n > 0 ? argv[optind] : "";
	params[0] = n > 1 ? argv[optind + 1] : NULL;
	if (!misused && n == 1 && strcmp(verb, "list") == 0)
		return (int)run(session, DB_FORMAT_LIST, params, json);
	if (!json && n == 2 && strcmp(verb, "show") == 0)
		return (int)run(session, DB_FORMAT_SHOW, params, false);
	if (!json && n == 2 && strcmp(verb, "remove") == 0)
		return (int)run(session, DB_FORMAT_REMOVE, params, false);
	if (!json && (n == 2 || n == 3) && strcmp(verb, "add") == 0)
		return (int)add(session, params[0],
		    n == 3 ? argv[optind + 2] : NULL);
	fputs(tool_format_usage, stderr);
	return STATUS_USAGE;
}
