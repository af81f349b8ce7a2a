/* SPDX-License-Identifier: ISC */
#include "server/keep.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "server/fake_intake.h"
#include "server/foreign.h"
#include "server/webhook.h"
#include "spool/refused.h"
#include "spool/roster.h"
#include "spool/spool_fixture.h"

#define TOKEN "a-token-of-ours-0123456789abcdef"
#define STARS "********************************"

static struct conf *const conf = &fixture_conf;
static struct spooler *spooler;
static struct dialects *dialects;

/* The copy has int_none, who needs no token, and int_ours, who needs one. */
static void
copy_integrations(void)
{
	struct buf b = {.max = 4096};
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	const char *none[] = {"int_none", "t", NULL, NULL, NULL, NULL};
	const char *ours[] = {"int_ours", "t", hex, NULL, NULL, NULL};

	digest_sha256(TOKEN, strlen(TOKEN), sum);
	digest_hex(sum, hex);
	roster_begin(&b, DATABASE);
	if (roster_add(&b, none, NULL) != NULL ||
	    roster_add(&b, ours, "int_none") != NULL)
		exit(1);
	roster_end(&b);
	if (spool_dir_replace(spool, ADMISSION_FILE_NAME, b.data, b.len) == -1)
		exit(1);
	buf_free(&b);
}

/* A request, and what of it must be in the file; NULL: it is not kept. */
struct sent {
	const char *integration;
	const char *dialect, *path; /* after it; NULL: none */
	const char *query;
	const char *env; /* a header, or NULL */
	const char *type, *encoding;
	const char *body, *length; /* of Content-Length; NULL: none */
	int status; /* of the reply */
	const char *lines, *kept; /* in the file: in the head; the body */
	const char *name;
};

static char variable[200];
static char *env[] = {variable, NULL};

/* Let the worker answer; standard input is the body, as under CGI. */
static void
answer(struct worker *w, const struct sent *s, size_t len)
{
	struct route route = {.rest = slice_of(s->integration),
	    .dialect = slice_of(s->dialect),
	    .below = slice_of(s->path == NULL ? "" : s->path)};
	int in = memfd_create("body", 0);

	if (write(in, s->body, len) != (ssize_t)len ||
	    lseek(in, 0, SEEK_SET) != 0 || dup2(in, STDIN_FILENO) == -1)
		exit(1);
	close(in);
	snprintf(variable, sizeof(variable), "%s",
	    s->env == NULL ? "X=" : s->env);
	*w = (struct worker){.conf = conf,
	    .spooler = spooler,
	    .dialects = dialects};
	request_read(&w->req, env);
	w->req.method = "POST";
	w->req.query = s->query == NULL ? "" : s->query;
	w->req.content_type = s->type;
	w->req.content_encoding = slice_of(s->encoding);
	w->req.content_length = s->length;
	reply_begin(&w->reply);
	webhook(w, &route);
	is_int(w->reply.status, s->status, s->name);
	keep_write(w);
}

/* Read what was kept last, and forget it; false if nothing was. */
static bool
take_kept(const struct worker *w, struct buf *b, struct kept *k)
{
	bool is_there =
	    w->kept_id[0] != '\0' && refused_read(spool, w->kept_id, b, k) == 0;

	refused_clear(spool);
	return is_there;
}

static void
check(const struct sent *s)
{
	char *body = strdup(s->body), *line, *next;
	struct buf b = {0};
	struct worker w;
	struct kept k;
	bool is_there;

	answer(&w, s, strlen(body));
	is_there = take_kept(&w, &b, &k);
	ok(is_there == (s->lines != NULL),
	    s->lines == NULL ? "it is not kept" : "it is kept");
	if (is_there && s->lines != NULL) {
		next = strdup(s->lines);
		for (char *all = next; (line = strsep(&next, "|")) != NULL;) {
			char text[300];

			snprintf(text, sizeof(text), "\n%s", line);
			ok(memmem(b.data, b.len, text, strlen(text)) != NULL,
			    "with a line that it must have");
			if (next == NULL)
				free(all);
		}
		is_bytes(k.body.p, k.body.len, s->kept, "the body");
		ok((k.items.p != NULL) == (strstr(s->lines, "items:") != NULL),
		    "and which of its events, where only some were refused");
		ok(memmem(b.data, b.len, TOKEN, strlen(TOKEN)) == NULL,
		    "no token is there");
	}
	buf_free(&b);
	free(body);
	foreign_reset(&w);
	endpoint_free(&w);
}

#define JSON "application/json"
#define OUR_TOKEN "HTTP_PAGERTREE_TOKEN=" TOKEN

static const struct sent requests[] = {
    {"int_none", NULL, NULL, NULL, NULL, JSON, NULL, "{\"a\":1,}", NULL, 400,
	"integration: int_none\nmethod: POST\ncontent-type: " JSON
	"\nstatus: 400\nreason: bad_json\n|detail: |sent: 8\nkept: 8\n\n",
	"{\"a\":1,}", "what is no JSON"},
    {"int_ours", NULL, NULL, "a=b", OUR_TOKEN, JSON, NULL,
	"{\"event_type\":\"x\",\"t\":\"" TOKEN "\"}", NULL, 422,
	"integration: int_ours\ntoken-sha256: |status: 422\nreason: "
	"invalid\npointer: /event_type\ndetail: ",
	"{\"event_type\":\"x\",\"t\":\"" STARS "\"}", "what is no event"},
    {"int_ours", NULL, NULL, NULL, NULL, JSON, NULL, "{", NULL, 400, NULL, NULL,
	"of one whom only the database knows"},
    {"int_ours", NULL, NULL, NULL, "HTTP_PAGERTREE_TOKEN=x", "text/plain", NULL,
	"{", NULL, 415, NULL, NULL, "of a stranger"},
    {"int_other", NULL, NULL, NULL, NULL, JSON, NULL, "{", NULL, 400, NULL,
	NULL, "of no integration"},
    {"int_none", NULL, NULL, NULL, NULL, "text/plain; a=\"\n\"", NULL, "{}",
	NULL, 415, "content-type: text/plain; a=\"?\"\n|reason: not_json\n",
	"{}", "what is not called JSON"},
    {"int_none", NULL, NULL, NULL, NULL, JSON, "gzip", "\x1f\x8b\n\nEND\n",
	NULL, 415, "content-encoding: gzip\n|reason: encoded\n",
	"\x1f\x8b\n\nEND\n", "what is compressed"},
    {"int_none", NULL, NULL, NULL, NULL, "text/plain", NULL, "{}", "3", 415,
	NULL, NULL, "what did not arrive"},
    {"int_none", "nosuch", "a/b", "token=" TOKEN, NULL, JSON, NULL, "{}", NULL,
	404, "dialect: nosuch\nmethod: POST\npath: a/b\ncontent-type: ", "{}",
	"a dialect that is none"},
    {"int_ours", "pagerduty", "v2/enqueue", NULL, NULL, JSON, NULL,
	"{\"routing_key\":\"" TOKEN "\",\"event_action\":\"no\"}", NULL, 400,
	"token-sha256: |dialect: pagerduty\nmethod: POST\npath: "
	"v2/enqueue\n|status: 422\nreason: invalid\n",
	"{\"routing_key\":\"" STARS "\",\"event_action\":\"no\"}",
	"a token in the body"},
    {"int_ours", "pagerduty", "v9", NULL, NULL, JSON, NULL,
	"{\"routing_key\":\"" TOKEN "\"}", NULL, 404,
	"token-sha256: |path: v9\n|status: 404\n",
	"{\"routing_key\":\"" STARS "\"}", "even where no path is"},
    {"int_ours", "pagerduty", "v9", NULL, NULL, JSON, NULL,
	"{\"routing_key\":\"another\"}", NULL, 404, NULL, NULL,
	"with another token"},
    {"int_none", "pagerduty", "v2/enqueue", NULL, NULL, JSON, NULL,
	"{'routing_key':'" TOKEN "'}", NULL, 400, "status: 400\n",
	"{'routing_key':'" STARS "'}", "in no JSON"},
    {"int_ours", "alertmanager", NULL, "a=1&token=" TOKEN "&b=2", NULL, JSON,
	NULL, "[]", NULL, 422, "dialect: alertmanager\n|query: a=1&b=2\n", "[]",
	"a token in the query"},
    {"int_none", NULL, NULL, NULL, NULL, JSON, NULL,
	"[{\"event_type\":\"create\",\"Title\":\"t\"},7]", NULL, 503,
	"status: 422\nreason: invalid\npointer: /1\n|items: 2 1\n",
	"[{\"event_type\":\"create\",\"Title\":\"t\"},7]", "a part of a batch"},
    {"int_none", NULL, NULL, NULL, NULL, JSON, NULL, "[7,8]", NULL, 422,
	"pointer: /0\ndetail: ", "[7,8]", "or all of it"},
};

/* A body over a limit is kept as far as it goes. */
static void
check_large(long length, long body_max, const char *said, long kept, long sent)
{
	struct sent s = {"int_none", NULL, NULL, NULL, NULL, JSON, NULL, NULL,
	    said, 413, "", NULL, "a large body"};
	char *body = malloc((size_t)length);
	long before = conf->body_max;
	struct buf b = {0};
	struct worker w;
	struct kept k;

	memset(body, 'x', (size_t)length);
	s.body = body;
	conf->body_max = body_max;
	answer(&w, &s, (size_t)length);
	ok(take_kept(&w, &b, &k), "is kept");
	is_int((long long)k.body.len, kept, "as far as there is room");
	is_int(k.sent, sent, "with its length");
	ok(kept_is_whole(&k) == (kept == sent),
	    "of which all is there, or not");
	conf->body_max = before;
	buf_free(&b);
	free(body);
	endpoint_free(&w);
}

static void
test_off(void)
{
	struct sent s = requests[0];
	struct worker w;

	conf->keep_refused = 0;
	answer(&w, &s, strlen(s.body));
	ok(w.kept_id[0] == '\0', "nothing is kept when nobody wants it");
	endpoint_free(&w);
	conf->keep_refused = 100;
}

/* A flood: its sender has few of the places. */
static void
test_flood(void)
{
	struct metrics *metrics = metrics_open(-1);
	struct fault fault = {.pointer = "", .detail = "so"};
	struct route route = {.rest = SLICE("int_none")};
	int64_t start = clock_wall_us() / 1000000, seconds;
	int n = 0;

	for (int i = 0; i < 1000; i++) {
		struct worker w = {.conf = conf,
		    .spooler = spooler,
		    .metrics = metrics,
		    .req = {.method = "POST", .query = ""}};

		keep_note(&w, &route, OUTCOME_BAD_JSON, &fault);
		n += w.kept.len > 0;
		endpoint_free(&w);
	}
	seconds = clock_wall_us() / 1000000 - start + 1;
	ok(n >= REFUSALS_KEPT_MAX && n <= seconds * REFUSALS_KEPT_MAX,
	    "of a flood a few are kept");
	metrics_close(metrics);
}

int
main(void)
{
	log_open("/dev/null", LOG_WARN_LEVEL);
	open_spool();
	conf->body_max = KEPT_BODY_BYTES;
	conf->database_timeout = 1000;
	conf->keep_refused = 100;
	copy_integrations();
	spooler = spooler_open(spool);
	dialects = dialects_open("");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		check(&requests[i]);
	check_large(100000, 4096, "100000", KEPT_START_BYTES, 100000);
	check_large(5000, 4096, "5000", 5000, 5000);
	check_large(100000, 90000, NULL, KEPT_START_BYTES, -1);
	test_off();
	test_flood();
	dialects_close(dialects);
	admission_close(spooler_admission(spooler));
	free(spooler);
	close_spool();
	return done_testing();
}
