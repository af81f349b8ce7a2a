/* SPDX-License-Identifier: ISC */
#include "relay/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <curl/curl.h>

#include "relay/address.h"

#define ANSWER_MAX_BYTES ((size_t)64 * 1024)
#define CONNECT_MS 5000L
#define IDLE_S 60L /* an address is checked when a connection is opened */
#define CONNECTIONS 64L
#define CERTIFICATES "/etc/ssl/certs" /* if libcurl knows no other place */

struct flight {
	struct flight *next;
	struct post *post;
	CURL *easy;
	struct curl_slist *headers; /* or recipients of a mail */
	struct webhook w; /* owned; libcurl borrows the body */
	size_t sent; /* of a mail: bytes of the body that libcurl has read */
	struct buf answer;
	void *owner;
	bool plain; /* the URL's scheme is http */
	bool is_mail;
	bool at_recipient; /* the last command was RCPT */
	bool is_over; /* QUIT was sent: later replies do not count */
	bool may_be_taken; /* a recipient was refused for now only (4xx) */
	char refusal[ADDRESS_WHY_BYTES]; /* by may_connect(); "" = none */
	char error[CURL_ERROR_SIZE];
};

struct post {
	const struct conf *conf;
	CURLM *multi;
	struct flight *flights;
	size_t n;
	struct address_allow allow;
	bool quick;
};

struct post *
post_open(const struct conf *conf, bool quick, char why[JOB_WHY_BYTES])
{
	struct post *p = calloc(1, sizeof(*p));
	char fault[ADDRESS_WHY_BYTES];

	if (p == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		snprintf(why, JOB_WHY_BYTES, "out of memory");
		free(p);
		return NULL;
	}
	p->conf = conf;
	p->quick = quick;
	if (address_allow_read(&p->allow, conf, fault) == -1) {
		snprintf(why, JOB_WHY_BYTES, "%s", fault);
		post_close(p);
		return NULL;
	}
	p->multi = curl_multi_init();
	if (p->multi == NULL) {
		snprintf(why, JOB_WHY_BYTES, "out of memory");
		post_close(p);
		return NULL;
	}
	curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS);
	return p;
}

/* Return whether this address may be connected to; why not in refusal. */
static bool
may_connect(struct flight *f, const struct sockaddr *a)
{
	const struct address_allow *allow = &f->post->allow;

	f->refusal[0] = '\0'; /* left by an address that was tried before */
	if (f->is_mail && address_judge(a) != ADDRESS_FORBIDDEN)
		return true;
	return f->is_mail ? address_is_allowed(allow, a, f->refusal)
			  : address_may_connect(allow, a, f->plain, f->refusal);
}

/* Open the socket for an address of the host, or refuse to. */
static curl_socket_t
open_socket(void *flight, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct flight *f = flight;

	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(f, &a->addr))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Keep the beginning of the answer; stop the transfer when it is too long. */
static size_t
keep_answer(char *p, size_t size, size_t n, void *flight)
{
	struct flight *f = flight;
	size_t room = ANSWER_MAX_BYTES - f->answer.len, len = size * n;

	buf_append(&f->answer, p, len < room ? len : room);
	return len <= room ? len : 0;
}

/* Parse the URL: only http and https, without a user.  NULL, or a fault. */
static const char *
read_url(struct flight *f)
{
	const struct address_allow *allow = &f->post->allow;
	CURLU *url = curl_url();
	char *scheme = NULL;
	const char *fault = NULL;

	if (url == NULL ||
	    curl_url_set(url, CURLUPART_URL, f->w.url.data,
		CURLU_DISALLOW_USER) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		fault = "the address is not a URL, or contains a user";
	else if (strcasecmp(scheme, "http") == 0)
		f->plain = true;
	else if (strcasecmp(scheme, "https") != 0)
		fault = "the address is neither https:// nor http://";
	if (f->plain && allow->is_proxied && !allow->plain_http)
		fault = ADDRESS_PLAIN;
	curl_free(scheme);
	curl_url_cleanup(url);
	return fault;
}

/* Set one option.  It fails only without memory, or if it is not built in. */
#define SET(option, value)                                                     \
	do {                                                                   \
		if (rc == CURLE_OK)                                            \
			rc = curl_easy_setopt(f->easy, CURLOPT_##option,       \
			    value);                                            \
	} while (0)

/* Set the options that all requests share. */
static CURLcode
set_rules(struct flight *f)
{
	const struct post *p = f->post;
	CURLcode rc = CURLE_OK;

	SET(PRIVATE, f);
	SET(ERRORBUFFER, f->error);
	SET(PROTOCOLS_STR,
	    f->is_mail     ? "smtp,smtps"
		: f->plain ? "http"
			   : "https");
	SET(REDIR_PROTOCOLS_STR, "https");
	SET(FOLLOWLOCATION, 0L);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, f);
	SET(MAXAGE_CONN, IDLE_S);
	SET(PROXY, f->is_mail ? "" : p->conf->relay_proxy);
	SET(NOPROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, p->quick ? 1L : 0L);
	SET(CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(USERAGENT, "tocsin/" VERSION);
	SET(WRITEFUNCTION, keep_answer);
	SET(WRITEDATA, f);
	return rc;
}

static CURLcode
set_tls(struct flight *f, const char *pin)
{
	const struct conf *conf = f->post->conf;
	const curl_version_info_data *built =
	    curl_version_info(CURLVERSION_NOW);
	CURLcode rc = CURLE_OK;

	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (conf->relay_ca[0] != '\0') {
		SET(CAINFO, conf->relay_ca);
		if (built->capath == NULL)
			SET(CAPATH, CERTIFICATES);
	}
	if (pin != NULL) {
		SET(PINNEDPUBLICKEY, pin);
		/* An open connection was checked against another pin. */
		SET(FRESH_CONNECT, 1L);
		SET(FORBID_REUSE, 1L);
	}
	return rc;
}

/* Append the lines of w.headers to the list. */
static CURLcode
list_headers(struct flight *f)
{
	const char *line = f->w.headers.data;
	const char *end = line == NULL ? NULL : line + f->w.headers.len;
	struct curl_slist *longer;

	for (; line < end; line += strlen(line) + 1) {
		longer = curl_slist_append(f->headers, line);
		if (longer == NULL)
			return CURLE_OUT_OF_MEMORY;
		f->headers = longer;
	}
	return CURLE_OK;
}

static CURLcode
set_request(struct flight *f, int timeout_ms)
{
	CURLcode rc;

	/* Without this, a long body waits for 100 Continue. */
	f->headers = curl_slist_append(NULL, "Expect:");
	rc = f->headers == NULL ? CURLE_OUT_OF_MEMORY : list_headers(f);
	SET(URL, f->w.url.data);
	SET(HTTPHEADER, f->headers);
	SET(TIMEOUT_MS, (long)timeout_ms);
	if (f->w.body.len == 0)
		return rc;
	SET(POST, 1L);
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)f->w.body.len);
	SET(POSTFIELDS, f->w.body.data);
	return rc;
}

static size_t
read_mail(char *to, size_t size, size_t n, void *flight)
{
	struct flight *f = flight;
	size_t left = f->w.body.len - f->sent;

	n = size * n < left ? size * n : left;
	if (n > 0)
		memcpy(to, f->w.body.data + f->sent, n);
	f->sent += n;
	return n;
}

/* Called by libcurl for each SMTP command that it sends. */
static int
watch_commands(CURL *easy, curl_infotype type, char *text, size_t len,
    void *flight)
{
	struct flight *f = flight;

	(void)easy;
	if (type != CURLINFO_HEADER_OUT || f->is_over)
		return 0;
	f->is_over = len >= 4 && memcmp(text, "QUIT", 4) == 0;
	if (f->is_over)
		return 0;
	f->at_recipient = len >= 5 && memcmp(text, "RCPT ", 5) == 0;
	buf_reset(&f->answer);
	return 0;
}

/* Called for each SMTP reply: keep the last one before QUIT. */
static size_t
keep_reply(char *p, size_t size, size_t n, void *flight)
{
	struct flight *f = flight;

	if (f->is_over)
		return size * n;
	if (f->at_recipient && size * n > 0 && p[0] == '4')
		f->may_be_taken = true;
	keep_answer(p, size, n, f);
	return size * n;
}

static CURLcode
set_mail(struct flight *f, const char *password, int timeout_ms)
{
	const struct conf *conf = f->post->conf;
	CURLcode rc = list_headers(f);

	SET(URL, conf->smtp_url);
	SET(USE_SSL, (long)CURLUSESSL_ALL);
	SET(MAIL_FROM, conf->mail_from);
	SET(MAIL_RCPT, f->headers);
	SET(MAIL_RCPT_ALLLOWFAILS, 1L);
	if (password != NULL) {
		SET(USERNAME, conf->smtp_user);
		SET(PASSWORD, password);
	}
	SET(UPLOAD, 1L);
	SET(INFILESIZE_LARGE, (curl_off_t)f->w.body.len);
	SET(READFUNCTION, read_mail);
	SET(READDATA, f);
	SET(HEADERFUNCTION, keep_reply);
	SET(HEADERDATA, f);
	SET(VERBOSE, 1L);
	SET(DEBUGFUNCTION, watch_commands);
	SET(DEBUGDATA, f);
	SET(TIMEOUT_MS, (long)timeout_ms);
	return rc;
}

static void
free_flight(struct flight *f)
{
	curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->headers);
	webhook_free(&f->w);
	buf_free(&f->answer);
	free(f);
}

/* Create the handle and set the options that all requests share. */
static CURLcode
prepare(struct flight *f, const char *pin)
{
	CURLcode rc;

	f->easy = curl_easy_init();
	if (f->easy == NULL)
		return CURLE_OUT_OF_MEMORY;
	rc = set_rules(f);
	return rc == CURLE_OK ? set_tls(f, pin) : rc;
}

/* Create a flight that owns the content of w.  NULL = out of memory. */
static struct flight *
make_flight(struct post *p, struct webhook *w, void *owner)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->post = p;
	f->owner = owner;
	f->answer.max = ANSWER_MAX_BYTES;
	f->w = *w;
	*w = (struct webhook){0};
	return f;
}

/*
 * Start the flight if fault is NULL; otherwise free it.  Returns as
 * post_send(); f may be NULL.
 */
static int
take_off(struct post *p, struct flight *f, const char *fault,
    char why[JOB_WHY_BYTES])
{
	if (f == NULL ||
	    (fault == NULL &&
		curl_multi_add_handle(p->multi, f->easy) != CURLM_OK))
		fault = "out of memory";
	if (fault != NULL) {
		snprintf(why, JOB_WHY_BYTES, "%s", fault);
		if (f != NULL)
			free_flight(f);
		return -1;
	}
	f->next = p->flights;
	p->flights = f;
	p->n++;
	return 0;
}

int
post_send(struct post *p, struct webhook *w, const char *pin, int timeout_ms,
    void *owner, char why[JOB_WHY_BYTES])
{
	struct flight *f = make_flight(p, w, owner);
	const char *fault = f == NULL ? NULL : read_url(f);
	CURLcode rc = CURLE_OK;

	if (f != NULL && fault == NULL)
		rc = prepare(f, pin);
	if (f != NULL && fault == NULL && rc == CURLE_OK)
		rc = set_request(f, timeout_ms);
	if (rc != CURLE_OK)
		fault = curl_easy_strerror(rc);
	return take_off(p, f, fault, why);
}

int
post_mail(struct post *p, struct webhook *mail, const char *password,
    int timeout_ms, void *owner, char why[JOB_WHY_BYTES])
{
	struct flight *f = make_flight(p, mail, owner);
	CURLcode rc = CURLE_OK;

	if (f != NULL) {
		f->is_mail = true;
		rc = prepare(f, NULL);
	}
	if (f != NULL && rc == CURLE_OK)
		rc = set_mail(f, password, timeout_ms);
	return take_off(p, f, rc == CURLE_OK ? NULL : curl_easy_strerror(rc),
	    why);
}

/* Map events: from_in becomes in, from_out becomes out. */
static short
translate(short events, short from_in, short in, short from_out, short out)
{
	int to = (events & from_in) != 0 ? in : 0;

	return (short)(to | ((events & from_out) != 0 ? out : 0));
}

void
post_wait(struct post *p, struct pollfd *fds, size_t n, int timeout_ms)
{
	struct curl_waitfd extra[POST_FDS_MAX];
	int flying, ready;

	curl_multi_perform(p->multi, &flying);
	/* Do not wait if a request has ended already. */
	if ((size_t)flying < p->n)
		timeout_ms = 0;
	if (n > POST_FDS_MAX)
		n = POST_FDS_MAX;
	for (size_t i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i].fd,
		    .events = translate(fds[i].events, POLLIN, CURL_WAIT_POLLIN,
			POLLOUT, CURL_WAIT_POLLOUT)};
	curl_multi_poll(p->multi, extra, (unsigned)n, timeout_ms, &ready);
	for (size_t i = 0; i < n; i++)
		fds[i].revents = translate(extra[i].revents, CURL_WAIT_POLLIN,
		    POLLIN, CURL_WAIT_POLLOUT, POLLOUT);
	curl_multi_perform(p->multi, &flying);
}

/* Name the host of a redirect, which is not followed, as the error. */
static void
describe_redirect(struct flight *f, struct post_result *r)
{
	char *to = NULL, *host = NULL;
	CURLU *url = curl_url();

	curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &to);
	if (url != NULL && to != NULL &&
	    curl_url_set(url, CURLUPART_URL, to, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		mask_show(&f->w.mask, slice_of(host), r->excerpt,
		    sizeof(r->excerpt));
	if (r->excerpt[0] != '\0')
		snprintf(r->error, sizeof(r->error),
		    "redirects to %.200s, which is not followed", r->excerpt);
	r->excerpt[0] = '\0';
	curl_free(host);
	curl_url_cleanup(url);
}

static void
describe_error(const struct flight *f, CURLcode rc, struct post_result *r)
{
	const char *text = curl_easy_strerror(rc);

	if (f->refusal[0] != '\0')
		text = f->refusal;
	else if (f->error[0] != '\0')
		text = f->error;
	mask_show(&f->w.mask, slice_of(text), r->error, sizeof(r->error));
	/* If the text could not be masked, show libcurl's general text. */
	if (r->error[0] == '\0')
		snprintf(r->error, sizeof(r->error), "%s",
		    curl_easy_strerror(rc));
}

static void
describe_answer(struct flight *f, struct post_result *r)
{
	curl_off_t after = 0;
	int asked;

	if (r->status >= 300 && r->status < 400)
		describe_redirect(f, r);
	mask_show(&f->w.mask, (struct slice){f->answer.data, f->answer.len},
	    r->excerpt, sizeof(r->excerpt));
	if (r->status != 429 && r->status != 503)
		return;
	if (curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &after) ==
		CURLE_OK &&
	    after > 0)
		r->retry_after = after > 86400 ? 86400 : (int)after;
	/* Discord rounds its header, and Telegram has none. */
	asked = f->answer.len == 0
	    ? -1
	    : webhook_retry_after(f->answer.data, f->answer.len);
	if (asked > r->retry_after)
		r->retry_after = asked;
}

/* Set the result of a mail, as an exit status of sendmail. */
static void
describe_mail(struct flight *f, CURLcode rc, struct post_result *r)
{
	mask_show(&f->w.mask, (struct slice){f->answer.data, f->answer.len},
	    r->excerpt, sizeof(r->excerpt));
	r->status = EX_OK;
	if (rc == CURLE_OK)
		return;
	describe_error(f, rc, r);
	if (f->at_recipient && !f->may_be_taken && f->answer.len > 0 &&
	    f->answer.data[0] == '5')
		r->status = EX_NOUSER;
	else
		r->status = f->answer.len == 0 ? -1 : EX_TEMPFAIL;
}

/* Set the result.  An answer that was cut at ANSWER_MAX_BYTES counts. */
static void
describe(struct flight *f, CURLcode rc, struct post_result *r)
{
	curl_off_t us = 0;
	long status = 0;

	*r = (struct post_result){.owner = f->owner, .retry_after = -1};
	curl_easy_getinfo(f->easy, CURLINFO_TOTAL_TIME_T, &us);
	r->took_ms = (int)(us / 1000);
	if (f->is_mail) {
		describe_mail(f, rc, r);
		return;
	}
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_OK ||
	    (rc == CURLE_WRITE_ERROR && f->answer.len == ANSWER_MAX_BYTES))
		r->status = (int)status;
	if (r->status > 0)
		describe_answer(f, r);
	else
		describe_error(f, rc, r);
}

bool
post_next(struct post *p, struct post_result *result)
{
	struct flight *f = NULL, **at;
	CURLMsg *m;
	CURLcode rc;
	int left;

	do {
		m = curl_multi_info_read(p->multi, &left);
		if (m == NULL)
			return false;
	} while (m->msg != CURLMSG_DONE);
	rc = m->data.result;
	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &f);
	curl_multi_remove_handle(p->multi, f->easy);
	describe(f, rc, result);
	for (at = &p->flights; *at != f;)
		at = &(*at)->next;
	*at = f->next;
	p->n--;
	free_flight(f);
	return true;
}

size_t
post_flying(const struct post *p)
{
	return p->n;
}

void
post_close(struct post *p)
{
	struct flight *f;

	while ((f = p->flights) != NULL) {
		p->flights = f->next;
		curl_multi_remove_handle(p->multi, f->easy);
		free_flight(f);
	}
	if (p->multi != NULL)
		curl_multi_cleanup(p->multi);
	curl_global_cleanup();
	free(p);
}
