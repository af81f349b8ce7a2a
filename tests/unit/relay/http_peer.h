/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

/* A connection of relay/http_sink.h, over TLS or plain. */
struct sink_peer {
	int fd;
	SSL *ssl;
};

static void
sink_write(struct sink_peer *p, const void *text, size_t len)
{
	if (p->ssl != NULL)
		(void)!SSL_write(p->ssl, text, (int)len);
	else
		(void)!send(p->fd, text, len, MSG_NOSIGNAL);
}

static size_t
sink_read(struct sink_peer *p, char *to, size_t len)
{
	ssize_t n = p->ssl != NULL ? SSL_read(p->ssl, to, (int)len)
				   : recv(p->fd, to, len, 0);

	return n > 0 ? (size_t)n : 0;
}

/* Return whether the client has closed the connection. */
static bool
sink_is_left(const struct sink_peer *p)
{
	char c;

	return recv(p->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

#endif
