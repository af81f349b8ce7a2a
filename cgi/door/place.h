/* SPDX-License-Identifier: ISC */
#ifndef DOOR_PLACE_H
#define DOOR_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

/*
 * The door: a Unix socket in the spool at which a responder listens that
 * tocsin.cgi started.  Its files, in the spool:
 *
 *   door       the socket
 *   door.new   the socket before it is renamed to that
 *   door.lock  locked (flock) by whoever starts that responder, then by the
 *              responder until it stops; holds the times of recent starts
 *   door.log   its log, if the key log is stderr; door.log.old the one before
 */
#define DOOR_SOCKET "door"
#define DOOR_DRAFT "door.new"
#define DOOR_LOCK "door.lock"
#define DOOR_LOG "door.log"
#define DOOR_OLD_LOG "door.log.old"

/* Return whether this socket's peer runs as the same user as this process. */
bool door_is_peer_ours(int fd);

/*
 * Return a hash of the settings that a running responder cannot read again: the
 * program's version, the path of the configuration (NULL = none) and the kept
 * variables of the environment.
 */
uint64_t door_settings(const char *conf_path);

/* Write the path of a spool file.  Returns 0, or -1 if it is too long. */
int door_path(char path[PATH_MAX], const char *spool, const char *name);

/* As above, as the address of a Unix socket. */
int door_address(struct sockaddr_un *a, const char *spool, const char *name);

#endif
