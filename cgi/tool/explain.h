/* SPDX-License-Identifier: ISC */
#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H

#include "dialect/dialect.h"
#include "http/request.h"
#include "tool/session.h"

extern const char tool_explain_usage[];

/* tocsin explain: show what a body becomes. */
int tool_explain(struct session *session, int argc, char **argv);

/*
 * The same for a request, of which the body may change as described at
 * json_scan(); d is NULL for PagerTree's format, wrapped as wrapper says, path
 * what follows the dialect in the URL.
 */
enum status tool_explain_request(const struct dialect *d, const char *path,
    const char *wrapper, const struct request *req, const struct conf *conf,
    bool json);

#endif
