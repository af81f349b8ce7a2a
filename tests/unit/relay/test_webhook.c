/* SPDX-License-Identifier: ISC */
#include "relay/webhook.h"
#include "tap.h"

#define NOW 1614265330

static struct webhook w;
static char why[JOB_WHY_BYTES];

static int
make(const struct job *job)
{
	struct secrets secrets;
	int rc;

	webhook_free(&w);
	secrets_init(&secrets, "");
	why[0] = '\0';
	rc = webhook_make(&w, job, &secrets, NOW, why);
	secrets_free(&secrets);
	return rc;
}

/* Compare the headers, a line each. */
static void
has_headers(const char *want, const char *name)
{
	char lines[2048];
	size_t n = w.headers.len < sizeof(lines) ? w.headers.len : 0;

	for (size_t i = 0; i < n; i++)
		lines[i] = w.headers.data[i] == '\0' ? '\n' : w.headers.data[i];
	is_bytes(lines, n, want, name);
}

static void
check_people(void)
{
	struct job job = {.address = "https://chat.example/x?y",
	    .headers = "{\"Authorization\": \"Bearer \\u00fc\", \"X-N\": 1,"
		       " \"X-Empty\": \"\"}",
	    .body = "{\"text\":\"{{secret.x}}\"}"};

	is_int(make(&job), 0, "a request to people is made");
	is_str(w.url.data, "https://chat.example/x?y", "its URL");
	is_bytes(w.body.data, w.body.len, "{\"text\":\"{{secret.x}}\"}",
	    "a title that looks like a secret stays");
	has_headers("content-type: application/json\n"
		    "Authorization: Bearer \xc3\xbc\nX-N: 1\nX-Empty;\n",
	    "it has the destination's headers and no signature");
}

static void
check_machines(void)
{
	struct job job = {.address = "https://example.org/hook",
	    .headers = "{}",
	    .content_type = "application/cloudevents+json",
	    .body = "{\"test\": 2432232314}",
	    .webhook_id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
	    .hops = "1",
	    .secrets = "[\"31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0\"]",
	    .secret_paths = "[]"};

	is_int(make(&job), 0, "a request to machines is made");
	has_headers("content-type: application/cloudevents+json\n"
		    "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
		    "idempotency-key: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
		    "tocsin-hops: 1\n"
		    "webhook-timestamp: 1614265330\n"
		    "webhook-signature: "
		    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n",
	    "it is signed");
	job.secrets = NULL;
	job.hops = NULL;
	is_int(make(&job), 0, "one without a secret is made");
	has_headers("content-type: application/cloudevents+json\n"
		    "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
		    "idempotency-key: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
		    "webhook-timestamp: 1614265330\n",
	    "but not signed");
	job.secrets = "[1]";
	is_int(make(&job), -1, "bad secrets are refused");
	is_str(why, "the signing secrets cannot be read", "and why");
}

static void
check_headers(void)
{
	static const char *const wrong[] = {"[]", "{", "", "1",
	    "{\"a b\":\"x\"}", "{\"\":\"x\"}", "{\"a:\":\"x\"}",
	    "{\"Host\":\"x\"}", "{\"Content-Length\":\"1\"}",
	    "{\"WEBHOOK-ID\":\"x\"}", "{\"a\\r\\nb\":\"x\"}",
	    "{\"a\":\"x\\r\\nHost: y\"}", "{\"a\":\"x\\ny\"}",
	    "{\"a\":\"{{secret.none}}\"}"};
	struct job job = {.address = "https://example.org/", .body = "{}"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		job.headers = wrong[i];
		ok(make(&job) == -1 && why[0] != '\0', wrong[i]);
	}
	job.headers = NULL;
	job.content_type = "a\r\nb";
	is_int(make(&job), -1, "a content type of two lines is refused");
	job = (struct job){.body = "{}"};
	is_int(make(&job), -1, "so is a job without an address");
	job = (struct job){.address = "https://example.org/{{secret.x}}",
	    .body = "{}"};
	is_int(make(&job), -1, "an address whose secret is not there");
	is_str(why, "it needs a secret, but relay_secrets is not set",
	    "says so");
}

static void
check_retry_after(void)
{
	static const struct {
		const char *text;
		int want;
	} answers[] = {
	    {"{\"ok\":false,\"retry_after\":30}", 30},
	    {"{\"retry_after\": 0.529, \"global\": false}", 1},
	    {"{\"retry_after\": \"7\"}", 7},
	    {"{\"ok\":false,\"parameters\":{\"retry_after\":35}}", 35},
	    {"{\"retry_after\": 1e9}", -1},
	    {"{\"retry_after\": 99999999999999999999}", 86400},
	    {"{\"retry_after\": -1}", -1},
	    {"{\"retry_after\": null}", -1},
	    {"{\"retry_after\": {}}", -1},
	    {"{}", -1},
	    {"[]", -1},
	    {"slow down", -1},
	    {"", -1},
	};
	char text[128];

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		snprintf(text, sizeof(text), "%s", answers[i].text);
		is_int(webhook_retry_after(text, strlen(text)), answers[i].want,
		    answers[i].text);
	}
}

int
main(void)
{
	check_people();
	check_machines();
	check_headers();
	check_retry_after();
	webhook_free(&w);
	return done_testing();
}
