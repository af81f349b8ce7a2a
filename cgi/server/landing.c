/* SPDX-License-Identifier: ISC */
#include "server/landing.h"

#include <string.h>

static const char page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<title>An address for webhooks</title></head><body>\n"
    "<h1>An address for webhooks</h1>\n"
    "<p>This address takes alerts by POST; there is nothing to see with a "
    "browser.\nA sender creates an alert so:</p>\n"
    "<pre>curl -H 'Content-Type: application/json' \\\n"
    "    -d '{\"event_type\":\"create\",\"Id\":\"disk-1\","
    "\"Title\":\"Disk full\"}' \\\n"
    "    <b>URL</b></pre>\n"
    "<p>Replace <b>URL</b> by the address of this page. If the integration "
    "has a token,\nadd <code>-H 'pagertree-token: TOKEN'</code>. To "
    "acknowledge or resolve the alert, send\nits <code>Id</code> with the "
    "<code>event_type</code> acknowledge or resolve.</p>\n"
    "</body></html>\n";

bool
landing_is_for(const struct request *req)
{
	return (strcmp(req->method, "GET") == 0 ||
		   strcmp(req->method, "HEAD") == 0) &&
	    strstr(req->accept, "text/html") != NULL;
}

void
landing_write(struct reply *rep)
{
	buf_reset(&rep->body);
	rep->type = "text/html; charset=utf-8";
	buf_puts(&rep->body, page);
}
