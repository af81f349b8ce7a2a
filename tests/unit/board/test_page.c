/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/digest.h"
#include "board/page.h"
#include "tap.h"

static bool
has(const struct buf *b, const char *words)
{
	if (memmem(b->data, b->len, words, strlen(words)) != NULL)
		return true;
	printf("# no %s\n", words);
	return false;
}

/* The policy must allow exactly the style that the page contains. */
static void
test_policy(const struct reply *rep)
{
	static const char open[] = "<style>", close[] = "</style>";
	unsigned char sum[DIGEST_BYTES];
	char want[128], base64[DIGEST_BASE64_BYTES];
	const char *p, *q;

	p = memmem(rep->body.data, rep->body.len, open, strlen(open));
	if (!ok(p != NULL, "there is a style sheet"))
		return;
	p += strlen(open);
	q = memmem(p, rep->body.len - (size_t)(p - rep->body.data), close,
	    strlen(close));
	digest_sha256(p, (size_t)(q - p), sum);
	digest_base64(sum, base64);
	snprintf(want, sizeof(want), "style-src 'sha256-%s';", base64);
	ok(has(&rep->head, want), "which the policy allows by its digest");
	ok(memchr(p, '<', (size_t)(q - p)) == NULL, "no tag is in it");
}

int
main(void)
{
	struct reply rep = {0};
	struct page p = {&rep, "../", true};

	reply_begin(&rep);
	page_begin(&p, 503, "<b>\"x\"");
	page_heading(&p, "</h1><script>", "2026-01-02T03:04:05Z");
	page_labels(&p,
	    "[\"a\", \"<b>\", \"\\u0001\\\"\\n\", \"\\ud83d\\udd25\"]", true);
	page_labels(&p, "[1,2,3,4,5,6,7,8,9,10,11]", false);
	page_labels(&p, "[\"0123456789012345678901234567890123456789x\"]",
	    false);
	page_labels(&p, "[]", true);
	page_labels(&p, NULL, true);
	page_pill(&p, "s", "a\"b");
	page_end(&p, true);
	is_int(rep.status, 503, "a page has a status");
	ok(rep.retry, "and may be asked for again");
	ok(has(&rep.body, "<title>&lt;b&gt;&quot;x&quot; "),
	    "its title is text");
	ok(has(&rep.body, "<bdi>&lt;/h1&gt;&lt;script&gt;</bdi></h1>"),
	    "so is its heading");
	ok(has(&rep.body, "<bdi>a</bdi></span>"), "labels are taken apart");
	ok(has(&rep.body, "<bdi>&lt;b&gt;</bdi>"), "and are text");
	ok(has(&rep.body, "<bdi>\xef\xbf\xbd&quot;\n</bdi>"),
	    "decoded from JSON");
	ok(has(&rep.body, "<bdi>\xf0\x9f\x94\xa5</bdi>"), "pairs too");
	ok(has(&rep.body, "<bdi>8</bdi></span><span class=\"tag\">+3</span>"),
	    "of many the first are shown");
	ok(has(&rep.body,
	       "<bdi>0123456789012345678901234567890123456789"
	       "\xe2\x80\xa6</bdi>"),
	    "of a long one the beginning");
	ok(has(&rep.body, "class=\"pill s-a&quot;b\">a&quot;b</span>"),
	    "a word cannot end its attribute");
	ok(has(&rep.head, "default-src 'none'"), "nothing is loaded or run");
	ok(has(&rep.head, "form-action 'self'"), "forms go to us alone");
	ok(has(&rep.head, "frame-ancestors 'none'"), "nobody frames the page");
	ok(has(&rep.head, "Refresh: 30\r\n"), "it loads itself again");
	test_policy(&rep);
	ok(!memmem(rep.body.data, rep.body.len, " style=", 7),
	    "no element has a style of its own");

	reply_begin(&rep);
	p.refreshes = false;
	page_message(&p, 404, "Nothing", "There is nothing.");
	is_int(rep.status, 404, "a message is a page");
	ok(!memmem(rep.head.data, rep.head.len, "Refresh", 7),
	    "one that is held does not load itself again");
	ok(has(&rep.body, "href=\"../board\""), "it leads to the board");
	ok(!rep.body.failed && !rep.head.failed, "all had room");
	reply_free(&rep);
	return done_testing();
}
