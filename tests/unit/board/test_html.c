/* SPDX-License-Identifier: ISC */
#include "board/html.h"
#include "tap.h"

static const struct {
	const char *text, *html, *name;
} texts[] = {
    {"", "", "nothing is nothing"},
    {"plain \xc3\xa9 \xf0\x9f\x94\xa5", "plain \xc3\xa9 \xf0\x9f\x94\xa5",
	"letters of any script stay"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
	"no tag is left"},
    {"a & b &amp; c", "a &amp; b &amp;amp; c", "an entity is shown as typed"},
    {"\" onmouseover='x' `", "&quot; onmouseover=&#39;x&#39; `",
	"no attribute in quotes is left"},
    {"a\nb\tc", "a\nb\tc", "lines and tabs stay"},
    {"a\rb", "a&#13;b", "a carriage return stays one"},
    {"\x01\x1b[31m\x7f", "\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd",
	"other control characters are shown as such"},
    {"<<<>>>", "&lt;&lt;&lt;&gt;&gt;&gt;", "one after the other"},
    {"]]>--><!--", "]]&gt;--&gt;&lt;!--", "no comment begins or ends"},
};

static const struct {
	const char *seconds, *html, *name;
} durations[] = {
    {NULL, "\xe2\x80\x93", "no time is a dash"},
    {"0", "0 s", "no seconds"},
    {"59.999", "59 s", "seconds, cut"},
    {"60", "1 min", "a minute"},
    {"3599", "59 min", "almost an hour"},
    {"3600", "1 h 0 min", "an hour"},
    {"86399.5", "23 h 59 min", "almost a day"},
    {"90000", "1 d 1 h", "a day and an hour"},
    {"-3.5", "0 s", "clocks that differ do not make time run backwards"},
    {"1e-05", "0 s", "a float of PostgreSQL in its short form"},
};

static void
check(struct buf *b, const char *want, const char *name)
{
	is_bytes(b->data == NULL ? "" : b->data, b->len, want, name);
	buf_reset(b);
}

int
main(void)
{
	struct buf b = {.max = 1000};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		html_string(&b, texts[i].text);
		check(&b, texts[i].html, texts[i].name);
	}
	html_text(&b, (struct slice){"<ab>", 2});
	check(&b, "&lt;a", "no more than was given is read");
	html_string(&b, NULL);
	check(&b, "", "a null is nothing");
	html_bytes(&b, SLICE("a<\xff\xc3\xa9\xc3\0"));
	check(&b, "a&lt;\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd",
	    "what is not UTF-8 is shown as such");
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		html_duration(&b, durations[i].seconds);
		check(&b, durations[i].html, durations[i].name);
	}
	html_time(&b, "2026-01-02T03:04:05Z");
	check(&b,
	    "<time datetime=\"2026-01-02T03:04:05Z\">2026-01-02 03:04:05"
	    "</time>",
	    "a moment, for machines and for people");
	html_time(&b, "12026-01-02T03:04:05Z");
	check(&b,
	    "<time datetime=\"12026-01-02T03:04:05Z\">12026-01-02T03:04:05Z"
	    "</time>",
	    "one of another age is shown as it is");
	html_time(&b, NULL);
	check(&b, "\xe2\x80\x93", "none is a dash");
	b.max = 3;
	html_string(&b, "<");
	ok(b.failed, "what has no room fails as a whole");
	buf_free(&b);
	return done_testing();
}
