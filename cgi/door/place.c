/* SPDX-License-Identifier: ISC */
#include "door/place.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/process.h"

uint64_t
door_settings(const char *conf_path)
{
	uint64_t sum = hash_64(SLICE(VERSION)) * HASH_PRIME_64;

	if (conf_path != NULL)
		sum += hash_64(slice_of(conf_path));
	/* Add up, so that the order of the variables does not count. */
	for (char *const *e = environ; e != NULL && *e != NULL; e++)
		if (process_keeps(*e))
			sum += hash_64(slice_of(*e)) * HASH_PRIME_64;
	return sum;
}

bool
door_is_peer_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == geteuid();
}

int
door_path(char path[PATH_MAX], const char *spool, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", spool, name);

	return n > 0 && n < PATH_MAX ? 0 : -1;
}

int
door_address(struct sockaddr_un *a, const char *spool, const char *name)
{
	char path[PATH_MAX];
	size_t len;

	if (door_path(path, spool, name) == -1)
		return -1;
	len = strlen(path);
	if (len >= sizeof(a->sun_path))
		return -1;
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, path, len);
	return 0;
}
