/* SPDX-License-Identifier: ISC */
#include "server/refusal.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define AGENT_BYTES 80 /* of a User-Agent that are logged */
#define PLACE_BYTES 64

/* Copy, with ? for each character that may not stand in double quotes. */
static void
copy_agent(char to[AGENT_BYTES + 1], struct slice agent)
{
	size_t n;

	for (n = 0; n < agent.len && n < AGENT_BYTES; n++) {
		char c = agent.p[n];

		to[n] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c;
	}
	to[n] = '\0';
}

/* Write the member at fault as a JSON pointer, and the offset in the body. */
static void
write_place(char to[PLACE_BYTES], const struct worker *w,
    const struct fault *fault, long item)
{
	int n = 0;

	to[0] = '\0';
	if (item >= 0)
		n = snprintf(to, PLACE_BYTES, " pointer=/%ld%s", item,
		    fault->pointer);
	else if (fault->pointer[0] != '\0')
		n = snprintf(to, PLACE_BYTES, " pointer=%s", fault->pointer);
	if (fault->at != NULL && n < PLACE_BYTES)
		snprintf(to + n, PLACE_BYTES - (size_t)n, " offset=%td",
		    fault->at - w->req.body.data);
}

/*
 * Return the dialect of the request; "unknown" for a name that is no dialect,
 * since a stranger may send any number of names.
 */
static struct slice
dialect_of(const struct worker *w)
{
	if (w->dialect != NULL)
		return w->dialect->name;
	return w->is_foreign ? SLICE("unknown") : SLICE("pagertree");
}

/* Return the name of the row in refusals.h for the integration and dialect. */
static struct slice
row_name(char to[REFUSALS_NAME_BYTES], const struct worker *w,
    struct slice integration)
{
	struct slice dialect = dialect_of(w);
	int n;

	if ((w->dialect == NULL && !w->is_foreign) || integration.p == NULL)
		return integration;
	n = snprintf(to, REFUSALS_NAME_BYTES, "%.*s/%.*s", (int)integration.len,
	    integration.p, (int)dialect.len, dialect.p);
	return n < REFUSALS_NAME_BYTES ? (struct slice){to, (size_t)n}
				       : integration;
}

void
refusal_know(const struct worker *w, struct slice integration)
{
	char name[REFUSALS_NAME_BYTES];

	refusals_know(metrics_refusals(w->metrics),
	    row_name(name, w, integration));
}

bool
refusal_keeps(const struct worker *w, struct slice integration, enum outcome o)
{
	char name[REFUSALS_NAME_BYTES];

	return refusals_keep(metrics_refusals(w->metrics),
	    row_name(name, w, integration), o, clock_wall_us());
}

void
refusal_note(const struct worker *w, struct slice integration, enum outcome o,
    const struct fault *fault, long item)
{
	struct slice dialect = dialect_of(w);
	const char *detail = fault->detail;
	char agent[AGENT_BYTES + 1], place[PLACE_BYTES];
	char name[REFUSALS_NAME_BYTES];
	int64_t length = slice_number(slice_of(w->req.content_length));
	uint64_t omitted;

	if (outcome_status(o) / 100 != 4)
		return;
	/* The database gives these two only for an integration that exists. */
	if (o == OUTCOME_FORBIDDEN || o == OUTCOME_DISABLED ||
	    (w->spooler != NULL &&
		admission_has(spooler_admission(w->spooler), integration)))
		refusal_know(w, integration);
	if (!refusals_count(metrics_refusals(w->metrics),
		row_name(name, w, integration), o, clock_wall_us(), &omitted))
		return;
	if (detail == NULL)
		detail = reply_detail(o);
	if (length == -1)
		length = (int64_t)w->req.body.len;
	copy_agent(agent, w->req.user_agent);
	write_place(place, w, fault, item);
	log_info("refused integration=%.*s dialect=%.*s status=%d "
		 "reason=%s%s length=%" PRId64 " omitted=%" PRIu64
		 " agent=\"%s\": %s",
	    (int)integration.len, integration.p == NULL ? "" : integration.p,
	    (int)dialect.len, dialect.p, outcome_status(o), outcome_label(o),
	    place, length, omitted, agent, detail);
}
