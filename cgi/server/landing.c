/* SPDX-License-Identifier: ISC */
#include "server/landing.h"

#include <string.h>

#include "board/html.h"

static const char top[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<title>An address for webhooks</title></head><body>\n"
    "<h1>An address for webhooks</h1>\n";

static const char page[] =
    "<p>This address takes alerts by POST; there is nothing to see with a "
    "browser.\nTo create an alert:</p>\n"
    "<pre>curl -H 'Content-Type: application/json' \\\n"
    "    -d '{\"event_type\":\"create\",\"Id\":\"disk-1\","
    "\"Title\":\"Disk full\"}' \\\n"
    "    <b>URL</b></pre>\n"
    "<p>Replace <b>URL</b> with the address of this page. If the integration "
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

static void
begin(struct reply *rep)
{
	buf_reset(&rep->body);
	rep->type = "text/html; charset=utf-8";
	buf_puts(&rep->body, top);
}

void
landing_write(struct reply *rep)
{
	begin(rep);
	buf_puts(&rep->body, page);
}

/* Append the sample as an option of curl, quoted for the shell and HTML. */
static void
add_sample(struct buf *b, struct slice sample)
{
	const char *quote;
	struct slice part;

	if (sample.len > 0 && sample.p[0] == '{')
		buf_puts(b, "-H 'Content-Type: application/json' \\\n    ");
	buf_puts(b, "-d '");
	while (sample.len > 0) {
		quote = memchr(sample.p, '\'', sample.len);
		part = sample;
		if (quote != NULL)
			part.len = (size_t)(quote - sample.p);
		html_bytes(b, part);
		if (quote != NULL)
			buf_puts(b, "'\\''");
		sample.p += part.len + (quote != NULL);
		sample.len -= part.len + (quote != NULL);
	}
	buf_puts(b, "' \\\n    ");
}

void
landing_write_dialect(struct reply *rep, const struct dialect *d)
{
	struct buf *b = &rep->body;

	begin(rep);
	buf_puts(b,
	    "<p>This address takes webhooks by POST; there is nothing to "
	    "see with a browser.\nIt is for ");
	html_bytes(b, d->about.len > 0 ? d->about : d->name);
	if (d->paste.len > 0)
		buf_puts(b, ".\nWhere to enter it: ");
	html_bytes(b, d->paste);
	buf_puts(b,
	    ".</p>\n<p>To try it, with its token where that sender has "
	    "it:</p>\n<pre>curl ");
	add_sample(b, d->sample);
	buf_puts(b, "https://<b>HOST</b>/integration/<b>ID</b>/");
	html_bytes(b, d->name);
	if (d->sample_path.len > 0)
		buf_puts(b, "/");
	html_bytes(b, d->sample_path);
	buf_puts(b, "</pre>\n</body></html>\n");
}
