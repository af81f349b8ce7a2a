/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "relay/mail.h"
#include "tap.h"

#define HEADERS                                                                \
	"Auto-Submitted: auto-generated\n"                                     \
	"X-Auto-Response-Suppress: All\n"                                      \
	"MIME-Version: 1.0\n"                                                  \
	"Content-Type: text/plain; charset=utf-8\n"                            \
	"Content-Transfer-Encoding: quoted-printable\n\n"

static struct buf out = {.max = 1 << 20};
static char why[JOB_WHY_BYTES];

static int
build(const struct job *job, const char *from, const char *to)
{
	struct mail_recipients r;

	buf_reset(&out);
	return mail_read(&r, to, why) == -1
	    ? -1
	    : mail_build(&out, job, from, &r, 1764345600, why);
}

static void
check_whole(void)
{
	struct job job = {.body = "disk full\n\nIncident: critical\n",
	    .mail_subject = "disk full on db-1",
	    .mail_message_id = "01-a",
	    .mail_references = "02"};

	is_int(build(&job, "tocsin@host.example", "a@example.org"), 0,
	    "a mail is made");
	is_bytes(out.data, out.len,
	    "From: tocsin@host.example\nTo: a@example.org\n"
	    "Subject: disk full on db-1\n"
	    "Date: Fri, 28 Nov 2025 16:00:00 +0000\n"
	    "Message-ID: <01-a@host.example>\n"
	    "In-Reply-To: <02@host.example>\n"
	    "References: <02@host.example>\n" HEADERS
	    "disk full\n\nIncident: critical\n",
	    "with these headers and no other");
	job = (struct job){.body = "",
	    .mail_message_id = "1>\r\nX-Bad: y",
	    .mail_references = ""};
	is_int(build(&job, "tocsin@host.example", " a@b.example,\tc , d@e"), 0,
	    "one to three");
	is_bytes(out.data, out.len,
	    "From: tocsin@host.example\nTo: a@b.example,\n c,\n d@e\n"
	    "Subject: tocsin\nDate: Fri, 28 Nov 2025 16:00:00 +0000\n" HEADERS,
	    "names all, and no id that is none");
}

static const struct {
	const char *subject, *want, *name;
} subjects[] = {
    {"disk full", "Subject: disk full\n", "plain text stays"},
    {"a\r\nBcc: evil@example.org", "Subject: a  Bcc: evil@example.org\n",
	"line breaks make no header"},
    {" a\tb\x01 ", "Subject: a b\n", "controls are spaces"},
    {"", "Subject: tocsin\n", "there is always one"},
    {"=?UTF-8?Q?x?=", "Subject: =?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fx=3F=3D?=\n",
	"what looks encoded is encoded"},
    {"\xc3\xbc \xf0\x9f\x94\xa5",
	"Subject: =?UTF-8?Q?=C3=BC=20=F0=9F=94=A5?=\n",
	"other characters are encoded"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xf0\x9f"
     "\x94\xa5",
	"Subject: "
	"=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=\n "
	"=?UTF-8?Q?=F0=9F=94=A5?=\n",
	"no character is cut in two"},
    {"a\xff"
     "b",
	"Subject: a b\n", "bytes that are not UTF-8 are spaces"},
};

/* Return the header of that name, with its folded lines. */
static const char *
header(const char *name)
{
	static char text[8192];
	const char *p, *end;

	buf_append(&out, "", 1);
	p = strstr(out.data, name);
	if (p == NULL)
		return NULL;
	end = p;
	do
		end += strcspn(end, "\n") + 1;
	while (*end == ' ');
	snprintf(text, sizeof(text), "%.*s", (int)(end - p), p);
	return text;
}

static void
check_subjects(void)
{
	char title[4096];
	struct job job = {.body = ""};
	size_t longest = 0, len;

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		job.mail_subject = subjects[i].subject;
		build(&job, "t@h", "a@b");
		is_str(header("Subject: "), subjects[i].want, subjects[i].name);
	}
	for (size_t i = 0; i + 3 < sizeof(title); i += 3)
		memcpy(title + i, "\xe2\x82\xac", 4);
	job.mail_subject = title;
	build(&job, "t@h", "a@b");
	for (const char *p = header("Subject: "); *p != '\0'; p += len + 1) {
		len = strcspn(p, "\n");
		longest = len > longest ? len : longest;
	}
	ok(longest > 0 && longest <= 76, "no line of it is long");
}

static const struct {
	const char *text, *want, *name;
} bodies[] = {
    {"a = b\n", "a =3D b\n", "= is encoded"},
    {"a \n", "a=20\n", "so is a space at the end of a line"},
    {"gr\xc3\xbc\xc3\x9f\n", "gr=C3=BC=C3=9F\n", "and other characters"},
    {".\n", "=2E\n", "a lone dot ends no mail"},
    {"From x\n", "=46rom x\n", "From begins no other"},
    {"a\r\nb", "a\nb\n", "line breaks are those of Unix"},
    {"a\rb\x07"
     "c\n",
	"a b c\n", "other controls are spaces"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789\n",
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"01234=\n56789\n",
	"long lines are folded"},
    {"012345678901234567890123456789012345678901234567890123456789012345678"
     "90123=x\n",
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123=\n=3Dx\n",
	"not within a byte"},
};

static void
check_bodies(void)
{
	struct job job = {.mail_subject = "x"};
	const char *text;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		job.body = bodies[i].text;
		build(&job, "t@h", "a@b");
		buf_append(&out, "", 1);
		text = strstr(out.data, "\n\n");
		is_str(text == NULL ? NULL : text + 2, bodies[i].want,
		    bodies[i].name);
	}
}

static void
check_crlf(void)
{
	struct buf mail = {.max = 64};

	mail_with_crlf(&mail, SLICE("A: b\n\n.\nc"));
	is_bytes(mail.data, mail.len, "A: b\r\n\r\n.\r\nc\r\n",
	    "a server gets CR LF");
	buf_free(&mail);
}

static void
check_refusals(void)
{
	static const char *const wrong[] = {"", " , ", "-oQ/tmp@example.org",
	    "a@b;c@d", "<a@b>", "\"x\"@b", "a(b)@c", "gr\xc3\xbc@b", "a\\@b",
	    "Bcc:x@y"};
	struct job job = {.body = "x"};
	char many[2 * MAIL_RECIPIENTS_MAX + 3], longest[MAIL_ADDRESS_BYTES + 1];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(build(&job, "t@h", wrong[i]), -1,
		    "no recipient, or none that can be");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[MAIL_ADDRESS_BYTES] = '\0';
	is_int(build(&job, "t@h", longest), -1, "nor one that is too long");
	is_int(build(&job, "t@h", longest + 1), 0, "by a byte");
	for (size_t i = 0; i <= MAIL_RECIPIENTS_MAX; i++)
		memcpy(many + 2 * i, "a ", 3);
	is_int(build(&job, "t@h", many), -1, "nor too many");
	is_int(build(&job, "t@h", many + 2), 0, "by one");
	is_int(build(&job, "", "a@b"), -1, "without a sender there is no mail");
	is_str(why, "mail_from is not set in the configuration", "and why");
	is_int(build(&job, "a@b c", "a@b"), -1, "nor with a bad one");
	job.body = NULL;
	is_int(build(&job, "t@h", "a@b"), -1, "nor without a body");
}

int
main(void)
{
	check_whole();
	check_subjects();
	check_bodies();
	check_crlf();
	check_refusals();
	buf_free(&out);
	return done_testing();
}
