/* SPDX-License-Identifier: ISC */
#include "relay/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/mail.h"
#include "relay/secrets.h"
#include "relay/webhook.h"

#define PATH_VARIABLE                                                          \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MAIL_BYTES_MAX ((size_t)1024 * 1024)
#define PASSWORD_BYTES 1024
#define VARIABLE_BYTES 128

static int
send_webhook(struct message *m, const struct job *job, const struct conf *conf,
    struct post *post, long long now, char why[JOB_WHY_BYTES])
{
	struct secrets secrets;
	struct webhook w;
	int rc;

	secrets_init(&secrets, conf->relay_secrets);
	rc = webhook_make(&w, job, &secrets, now, why);
	if (rc == 0)
		rc = post_send(post, &w, job->pin, job->timeout_ms, m, why);
	webhook_free(&w);
	secrets_free(&secrets);
	return rc;
}

/* Start sendmail with a mail. */
static int
run_sendmail(struct message *m, const struct job *job, const struct conf *conf,
    struct mail_recipients *to, struct buf *text, char why[JOB_WHY_BYTES])
{
	static char oi[] = "-oi", f[] = "-f", last[] = "--";
	static char path[] = PATH_VARIABLE;
	char *argv[MAIL_RECIPIENTS_MAX + 6] = {conf->sendmail, oi, f,
	    conf->mail_from, last};
	char home[PATH_MAX + 8], *environment[] = {path, home, NULL};
	const char *directory = getenv("HOME");

	/* Some, like msmtp, read a configuration from the home directory. */
	snprintf(home, sizeof(home), "HOME=%s",
	    directory == NULL ? "/" : directory);
	for (size_t i = 0; i < to->n; i++)
		argv[5 + i] = to->list[i];
	m->child = child_start(argv, environment,
	    (struct slice){text->data, text->len}, job->timeout_ms, m, why);
	return m->child == NULL ? -1 : 0;
}

/* Send a mail to the server smtp_url; its headers are the recipients. */
static int
post_to_server(struct message *m, struct webhook *mail, const struct conf *conf,
    struct post *post, int timeout_ms, char why[JOB_WHY_BYTES])
{
	struct buf password = {.max = PASSWORD_BYTES};
	bool has_user = conf->smtp_user[0] != '\0';
	struct secrets secrets;
	int rc = 0;

	secrets_init(&secrets, conf->relay_secrets);
	if (has_user)
		rc = secrets_fill(&secrets, SLICE("{{secret.smtp_password}}"),
		    &password, why);
	mask_add(&mail->mask, (struct slice){password.data, password.len});
	buf_append(&password, "", 1);
	if (rc == 0 &&
	    (password.failed || mail->headers.failed || mail->body.failed)) {
		snprintf(why, JOB_WHY_BYTES, "the mail is too long");
		rc = -1;
	}
	m->is_mail = true;
	if (rc == 0)
		rc = post_mail(post, mail, has_user ? password.data : NULL,
		    timeout_ms, m, why);
	buf_wipe(&password);
	secrets_free(&secrets);
	return rc;
}

static int
send_mail(struct message *m, const struct job *job, const struct conf *conf,
    struct post *post, long long now, char why[JOB_WHY_BYTES])
{
	struct buf text = {.max = MAIL_BYTES_MAX};
	struct mail_recipients *to = calloc(1, sizeof(*to));
	struct webhook mail = {.headers.max = sizeof(to->list),
	    .body.max = 2 * MAIL_BYTES_MAX,
	    .mask.hidden.max = MASK_MAX_BYTES};
	int rc = -1;

	if (to == NULL)
		snprintf(why, JOB_WHY_BYTES, "out of memory");
	else if (mail_read(to, job->mail_to == NULL ? "" : job->mail_to, why) ==
		0 &&
	    mail_build(&text, job, conf->mail_from, to, now, why) == 0)
		rc = 0;
	if (rc == 0 && conf->smtp_url[0] == '\0') {
		rc = run_sendmail(m, job, conf, to, &text, why);
	} else if (rc == 0) {
		for (size_t i = 0; i < to->n; i++)
			buf_append(&mail.headers, to->list[i],
			    strlen(to->list[i]) + 1);
		mail_with_crlf(&mail.body, (struct slice){text.data, text.len});
		rc = post_to_server(m, &mail, conf, post, job->timeout_ms, why);
	}
	webhook_free(&mail);
	buf_wipe(&text);
	free(to);
	return rc;
}

static int
run_command(struct message *m, const struct job *job, const struct conf *conf,
    char why[JOB_WHY_BYTES])
{
	static char variable[] = PATH_VARIABLE;
	char path[PATH_MAX], *argv[] = {path, NULL};
	char text[3][VARIABLE_BYTES];
	char *environment[] = {variable, text[0], text[1], text[2], NULL};
	struct buf body = {.max = MAIL_BYTES_MAX};

	if (child_find(conf->relay_commands,
		job->address == NULL ? "" : job->address, path, why) == -1)
		return -1;
	snprintf(text[0], VARIABLE_BYTES, "TOCSIN_NOTICE=%s",
	    job->notice == NULL ? "" : job->notice);
	snprintf(text[1], VARIABLE_BYTES, "TOCSIN_NOTICE_ID=%s",
	    job->notice_id == NULL ? "" : job->notice_id);
	snprintf(text[2], VARIABLE_BYTES, "TOCSIN_ALERT_ID=%s",
	    job->alert_id == NULL ? "" : job->alert_id);
	buf_puts(&body, job->body == NULL ? "" : job->body);
	if (body.failed)
		snprintf(why, JOB_WHY_BYTES, "the body is too long");
	else
		m->child = child_start(argv, environment,
		    (struct slice){body.data, body.len}, job->timeout_ms, m,
		    why);
	buf_wipe(&body);
	return m->child == NULL ? -1 : 0;
}

static void
end(struct message *m, int status, int took_ms, const char *error)
{
	m->state = MESSAGE_ENDED;
	m->child = NULL;
	m->status = status;
	m->took_ms = took_ms;
	snprintf(m->error, sizeof(m->error), "%s", error);
}

void
message_send(struct message *m, const struct job *job, const struct conf *conf,
    struct post *post, long long now)
{
	char why[JOB_WHY_BYTES] = "";
	int rc = -1;

	*m = (struct message){.state = MESSAGE_FLYING, .retry_after = -1};
	snprintf(m->id, sizeof(m->id), "%s",
	    job->message_id == NULL ? "" : job->message_id);
	snprintf(m->destination_id, sizeof(m->destination_id), "%s",
	    job->destination_id == NULL ? "" : job->destination_id);
	if (job->kind == NULL)
		snprintf(why, sizeof(why), "the job has no kind");
	else if (strcmp(job->kind, "webhook") == 0)
		rc = send_webhook(m, job, conf, post, now, why);
	else if (strcmp(job->kind, "mail") == 0)
		rc = send_mail(m, job, conf, post, now, why);
	else if (strcmp(job->kind, "command") == 0)
		rc = run_command(m, job, conf, why);
	else
		snprintf(why, sizeof(why), "the job has an unknown kind");
	if (rc == -1)
		end(m, -1, 0, why);
}

void
message_posted(struct message *m, const struct post_result *r)
{
	end(m, r->status == 0 && !m->is_mail ? -1 : r->status, r->took_ms,
	    r->error);
	m->retry_after = r->retry_after;
	memcpy(m->excerpt, r->excerpt, sizeof(m->excerpt));
}

void
message_exited(struct message *m, const struct child_result *r)
{
	end(m, r->timed_out ? -1 : r->status, r->took_ms,
	    r->timed_out          ? "the program took too long"
		: r->status == -1 ? "a signal ended the program"
				  : "");
	snprintf(m->excerpt, sizeof(m->excerpt), "%s", r->said);
}
