/* SPDX-License-Identifier: ISC */
#ifndef HTTP_SINK_H
#define HTTP_SINK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "relay/http_answers.h"
#include "relay/http_peer.h"

/*
 * A web server for tests, over TLS if tls is set: one thread, a connection for
 * each request, which is kept; the answer goes by the path.
 */
struct sink {
	int fd, port;
	SSL_CTX *tls;
	pthread_t thread;
	atomic_int requests;
	char request[300 * 1024]; /* the last one, NUL-terminated */
	size_t len;
};

/* Keep the request, as long as it says that it is. */
static bool
sink_receive(struct sink *s, struct sink_peer *p)
{
	const char *end, *length;
	size_t n;

	s->len = 0;
	for (;;) {
		n = sink_read(p, s->request + s->len,
		    sizeof(s->request) - s->len - 1);
		if (n == 0)
			return false;
		s->len += n;
		s->request[s->len] = '\0';
		end = strstr(s->request, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strstr(s->request, "Content-Length: ");
		if (length == NULL || length > end ||
		    s->len - (size_t)(end + 4 - s->request) >=
			strtoul(length + 16, NULL, 10))
			return true;
	}
}

/* Send little by little, or much. */
static void
sink_answer_long(struct sink_peer *p, bool is_drip)
{
	static char much[65536];

	sink_write(p, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n",
	    45);
	memset(much, 'x', sizeof(much));
	for (int i = 0; i < (is_drip ? 1000 : 100) && !sink_is_left(p); i++) {
		sink_write(p, much, is_drip ? 1 : sizeof(much));
		if (is_drip)
			nanosleep(&(struct timespec){0, 50000000}, NULL);
	}
}

/* Send heads without end: of answers to come, or of one, or behind a body. */
static void
sink_answer_heads(struct sink_peer *p, const char *kind)
{
	static char line[16384];
	const char *begin = "", *each = "";

	if (strncmp(kind, "/1xx ", 5) == 0)
		each = "HTTP/1.1 103 Early Hints\r\n";
	else if (strncmp(kind, "/headers ", 9) == 0)
		begin = "HTTP/1.1 200 OK\r\n";
	else
		begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
			"\r\n2\r\nok\r\n0\r\n";
	sink_write(p, begin, strlen(begin));
	snprintf(line, sizeof(line), "%sx: %.8000d\r\n%s", each, 0,
	    each[0] == '\0' ? "" : "\r\n");
	for (int i = 0; i < 50000 && !sink_is_left(p); i++)
		sink_write(p, line, strlen(line));
}

static void
sink_answer(struct sink *s, struct sink_peer *p)
{
	const char *path = strchr(s->request, '/');
	size_t len = strcspn(path, " ");

	for (size_t i = 0; i < sizeof(sink_answers) / sizeof(*sink_answers);
	     i++)
		if (strlen(sink_answers[i].path) == len &&
		    memcmp(path, sink_answers[i].path, len) == 0)
			sink_write(p, sink_answers[i].answer,
			    strlen(sink_answers[i].answer));
	if (strncmp(path, "/drip ", 6) == 0 || strncmp(path, "/big ", 5) == 0)
		sink_answer_long(p, path[1] == 'd');
	if (strncmp(path, "/1xx ", 5) == 0 ||
	    strncmp(path, "/headers ", 9) == 0 ||
	    strncmp(path, "/trailers ", 10) == 0)
		sink_answer_heads(p, path);
	if (strncmp(path, "/silent ", 8) == 0)
		sink_read(p, s->request, 1);
}

static void *
sink_serve(void *arg)
{
	struct sink *s = arg;
	struct sink_peer p;

	while ((p.fd = accept(s->fd, NULL, NULL)) != -1) {
		p.ssl = s->tls == NULL ? NULL : SSL_new(s->tls);
		if (p.ssl != NULL)
			SSL_set_fd(p.ssl, p.fd);
		if ((p.ssl == NULL || SSL_accept(p.ssl) == 1) &&
		    sink_receive(s, &p)) {
			atomic_fetch_add(&s->requests, 1);
			sink_answer(s, &p);
			if (p.ssl != NULL)
				SSL_shutdown(p.ssl);
		}
		SSL_free(p.ssl);
		close(p.fd);
	}
	return NULL;
}

static inline void
sink_start(struct sink *s, SSL_CTX *tls)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->tls = tls;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->fd, (struct sockaddr *)&a, len) == -1 ||
	    listen(s->fd, 64) == -1 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &len) == -1)
		abort();
	s->port = ntohs(a.sin_port);
	if (pthread_create(&s->thread, NULL, sink_serve, s) != 0)
		abort();
}

static inline void
sink_stop(struct sink *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	SSL_CTX_free(s->tls);
}

#endif
