/* SPDX-License-Identifier: ISC */
#include "door/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timing.h"
#include "door/place.h"
#include "door/start.h"

#define CHUNK_BYTES 16384

/*
 * Return whether the process that listens at the other end is stopped, as by
 * SIGSTOP; false where that cannot be seen.
 */
static bool
is_stopped(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char path[64], stat[64], *end;
	ssize_t n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)peer.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n < 0 ? 0 : n] = '\0';
	end = strrchr(stat, ')'); /* the end of its name */
	return end != NULL &&
	    (strncmp(end, ") T", 3) == 0 || strncmp(end, ") t", 3) == 0);
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
		if (door_is_peer_ours(fd))
			return fd;
	} else if (errno == ENOENT || errno == ECONNREFUSED) {
		door_start(conf, program);
	}
	close(fd);
	return -1;
}

/*
 * Send as much as the socket takes.  After an error, shut down this direction,
 * so that the peer answers or closes.
 */
static void
send_some(int fd, struct slice *rest)
{
	ssize_t n = send(fd, rest->p, rest->len, MSG_NOSIGNAL);

	if (n >= 0) {
		rest->p += n;
		rest->len -= (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		rest->len = 0;
		shutdown(fd, SHUT_WR);
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

/* Wait until fd is ready.  Returns false if no answer is to be expected. */
static bool
wait_for(struct pollfd *p, int64_t deadline)
{
	int ms = clock_left_ms(deadline);

	if (ms > DOOR_LOOK_MS)
		ms = DOOR_LOOK_MS;
	p->revents = 0;
	return poll(p, 1, ms) != 0 ||
	    (clock_left_ms(deadline) > 0 && !is_stopped(p->fd));
}

enum door_end
door_exchange(int fd, struct slice request, struct wire_answer *a,
    int64_t deadline)
{
	struct pollfd p = {.fd = fd};
	bool open = true, waits = true;

	buf_reset(&a->bytes);
	a->at = 0;
	a->is_whole = a->is_broken = false;
	send_some(fd, &request);
	while (open && waits && !a->is_whole) {
		p.events = (short)(request.len > 0 ? POLLIN | POLLOUT : POLLIN);
		waits = wait_for(&p, deadline);
		if ((p.revents & POLLOUT) != 0 && request.len > 0)
			send_some(fd, &request);
		if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			open = read_some(fd, a);
	}
	if (a->is_whole)
		return DOOR_ANSWERED;
	return !open && a->bytes.len == 0 ? DOOR_CLOSED : DOOR_FAILED;
}
