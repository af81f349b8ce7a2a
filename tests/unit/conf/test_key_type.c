/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdlib.h>

#include "conf/key_type.h"
#include "tap.h"

static const struct key_type small = {KEY_INT, 1, 16};
static const struct key_type size = {KEY_LONG, 1024, 67108864};
static const struct key_type open_end = {KEY_LONG, 1, LONG_MAX};
static const struct key_type flag = {KEY_BOOL, 0, 0};

static const struct {
	const struct key_type *setting;
	const char *text;
	long want; /* -1: refused */
} numbers[] = {
    {&small, "1", 1},
    {&small, "16", 16},
    {&small, "007", 7},
    {&small, "0", -1},
    {&small, "17", -1},
    {&small, "", -1},
    {&small, "-1", -1},
    {&small, "+1", -1},
    {&small, " 1", -1},
    {&small, "1 ", -1},
    {&small, "1.0", -1},
    {&small, "0x1", -1},
    {&small, "1k", -1},
    {&small, "4294967297", -1},
    {&small, "99999999999999999999", -1},
    {&size, "1024", 1024},
    {&size, "1k", 1024},
    {&size, "2M", 2097152},
    {&size, "64m", 67108864},
    {&size, "65m", -1},
    {&size, "1g", -1},
    {&size, "1kb", -1},
    {&size, "1 k", -1},
    {&size, "k", -1},
    {&size, "1t", -1},
    {&open_end, "1g", 1073741824},
    {&open_end, "9223372036854775807g", -1},
    {&flag, "yes", 1},
    {&flag, "On", 1},
    {&flag, "TRUE", 1},
    {&flag, "no", 0},
    {&flag, "off", 0},
    {&flag, "false", 0},
    {&flag, "1", -1},
    {&flag, "y", -1},
    {&flag, "", -1},
};

static const struct {
	enum key_kind kind;
	const char *text;
	const char *fault; /* NULL: taken */
} texts[] = {
    {KEY_CONNINFO, "", NULL},
    {KEY_CONNINFO, "host=/run user=\xc3\xa4", NULL},
    {KEY_CONNINFO, "a\nb", "contains a control character"},
    {KEY_CONNINFO, "a\x7f", "contains a control character"},
    {KEY_PATH, "", NULL},
    {KEY_PATH, "/var/spool/tocsin", NULL},
    {KEY_PATH, "spool", "must be an absolute path"},
    {KEY_LOG_TARGET, "stderr", NULL},
    {KEY_LOG_TARGET, "syslog", NULL},
    {KEY_LOG_TARGET, "/var/log/tocsin.log", NULL},
    {KEY_LOG_TARGET, "stdout", "must be stderr, syslog or an absolute path"},
    {KEY_LOG_TARGET, "", "must be stderr, syslog or an absolute path"},
    {KEY_LOG_LEVEL, "warn", NULL},
    {KEY_LOG_LEVEL, "info", NULL},
    {KEY_LOG_LEVEL, "debug", NULL},
    {KEY_LOG_LEVEL, "WARN", "must be warn, info or debug"},
    {KEY_URL_PREFIX, "", NULL},
    {KEY_URL_PREFIX, "/a/b", NULL},
    {KEY_URL_PREFIX, "a", "must begin with / and not end with one"},
    {KEY_URL_PREFIX, "/a/", "must begin with / and not end with one"},
    {KEY_URL_PREFIX, "/", "must begin with / and not end with one"},
    {KEY_URL, "", NULL},
    {KEY_URL, "http://proxy.example.org:3128", NULL},
    {KEY_URL, "https://example.org/ping?to=a@b", NULL},
    {KEY_URL, "ftp://example.org/", "must begin with http:// or https://"},
    {KEY_URL, "example.org", "must begin with http:// or https://"},
    {KEY_URL, "http://u:p@example.org/", "must have no user and password"},
    {KEY_URL, "http://u@example.org", "must have no user and password"},
    {KEY_URL, "http://a\tb/", "contains a control character"},
    {KEY_SMTP_URL, "", NULL},
    {KEY_SMTP_URL, "smtp://mail.example.org:587/host.example.org", NULL},
    {KEY_SMTP_URL, "smtps://mail.example.org", NULL},
    {KEY_SMTP_URL, "https://example.org/",
	"must begin with smtp:// or smtps://"},
    {KEY_SMTP_URL, "smtp://u:p@example.org", "must have no user and password"},
    {KEY_TEXT, "", NULL},
    {KEY_TEXT, "10.0.0.0/8, ::1", NULL},
    {KEY_TEXT, "a\rb", "contains a control character"},
};

/* Return the number read from text; -1 if refused and *at is unchanged. */
static long
number(const struct key_type *s, const char *text, char *fault)
{
	union {
		int i;
		long l;
		bool b;
	} u = {.l = 0};
	int status = key_type_read(s, text, &u, fault);

	if (status == -1)
		return u.l == 0 ? -1 : -2;
	if (s->kind == KEY_BOOL)
		return u.b;
	return s->kind == KEY_INT ? u.i : u.l;
}

static void
check_numbers(void)
{
	char fault[KEY_FAULT_BYTES], name[64];
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(name, sizeof(name), "\"%s\" is %s", numbers[i].text,
		    numbers[i].want == -1 ? "refused" : "read");
		is_int(number(numbers[i].setting, numbers[i].text, fault),
		    numbers[i].want, name);
	}
	number(&small, "17", fault);
	is_str(fault, "must be a number from 1 to 16", "the range is told");
	number(&open_end, "0", fault);
	is_str(fault, "must be a number, at least 1", "if it ends");
	number(&flag, "1", fault);
	is_str(fault, "must be yes or no", "a bool says what it wants");
}

static void
check_texts(void)
{
	struct key_type s = {KEY_CONNINFO, 0, 0};
	char fault[KEY_FAULT_BYTES], name[64];
	char *text = strdup("before");
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		s.kind = texts[i].kind;
		free(text);
		text = strdup("before");
		fault[0] = '\0';
		snprintf(name, sizeof(name), "case %zu: %s", i,
		    texts[i].fault == NULL ? "taken" : texts[i].fault);
		key_type_read(&s, texts[i].text, &text, fault);
		is_str(fault, texts[i].fault == NULL ? "" : texts[i].fault,
		    name);
		is_str(text, texts[i].fault == NULL ? texts[i].text : "before",
		    "and only what is taken is kept");
	}
	free(text);
}

static void
check_print(void)
{
	struct key_type s = {KEY_CONNINFO, 0, 0};
	char *out = NULL, *text = NULL;
	bool yes = true, no = false;
	size_t len = 0;
	long l = 1 << 30;
	int i = -5;
	FILE *f = open_memstream(&out, &len);

	key_type_print(&small, &i, f);
	putc(' ', f);
	key_type_print(&size, &l, f);
	putc(' ', f);
	key_type_print(&flag, &yes, f);
	key_type_print(&flag, &no, f);
	key_type_print(&s, &text, f);
	fclose(f);
	is_str(out, "-5 1073741824 yesno", "every kind is printed");
	free(out);
}

int
main(void)
{
	check_numbers();
	check_texts();
	check_print();
	return done_testing();
}
