/* SPDX-License-Identifier: ISC */
#include "door/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/timing.h"
#include "door/place.h"
#include "door/start.h"

#define CHUNK_BYTES 16384

static bool
is_ready(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};

	while (poll(&p, 1, clock_left_ms(deadline)) == -1)
		if (errno != EINTR)
			return false;
	return p.revents != 0;
}

/* Tell a responder with other settings to make room for one with ours. */
static void
dismiss(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid > 1)
		kill(peer.pid, SIGTERM);
}

static bool
is_welcome(int fd, const struct conf *conf)
{
	unsigned char want[DOOR_HELLO_BYTES], got[DOOR_HELLO_BYTES];

	if (!descriptor_is_peer_ours(fd) ||
	    !is_ready(fd, POLLIN, clock_ms() + DOOR_HELLO_MS) ||
	    recv(fd, got, sizeof(got), 0) != sizeof(got))
		return false;
	door_hello(want, door_settings(conf->path));
	if (memcmp(got, want, sizeof(got)) == 0)
		return true;
	dismiss(fd);
	return false;
}

int
door_connect(const struct conf *conf, const char *program)
{
	struct sockaddr_un a;
	int fd;

	if (door_address(&a, conf->spool, DOOR_SOCKET) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		if (is_welcome(fd, conf))
			return fd;
	} else if (errno == ENOENT || errno == ECONNREFUSED) {
		door_start(conf, program);
	}
	close(fd);
	return -1;
}

/* Send what the socket takes; give up what a peer no longer reads. */
static void
send_some(int fd, struct slice *rest)
{
	ssize_t n = send(fd, rest->p, rest->len, MSG_NOSIGNAL);

	if (n >= 0) {
		rest->p += n;
		rest->len -= (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		/* Its answer may have come before. */
		rest->len = 0;
	}
}

/* Read what is there.  Returns false at the end of the connection. */
static bool
read_some(int fd, struct wire_answer *a)
{
	char *p = buf_reserve(&a->bytes, CHUNK_BYTES);
	ssize_t n;

	if (p == NULL)
		return false;
	n = recv(fd, p, CHUNK_BYTES, 0);
	if (n > 0) {
		a->bytes.len += (size_t)n;
		wire_look(a);
		return !a->is_broken;
	}
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

int
door_exchange(int fd, struct slice request, struct wire_answer *a,
    int64_t deadline)
{
	struct pollfd p = {.fd = fd};
	bool open = true;

	buf_reset(&a->bytes);
	a->at = 0;
	a->is_whole = a->is_broken = false;
	send_some(fd, &request);
	while (open && !a->is_whole && clock_left_ms(deadline) > 0) {
		p.events = (short)(request.len > 0 ? POLLIN | POLLOUT : POLLIN);
		if (poll(&p, 1, clock_left_ms(deadline)) <= 0)
			continue;
		if ((p.revents & POLLOUT) != 0 && request.len > 0)
			send_some(fd, &request);
		if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			open = read_some(fd, a);
	}
	close(fd);
	return a->is_whole ? 0 : -1;
}
