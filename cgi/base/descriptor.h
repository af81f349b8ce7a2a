/* SPDX-License-Identifier: ISC */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Open /dev/null on closed standard descriptors: otherwise a file opened
 * later could become stderr and receive what a library prints there.
 */
void descriptor_fill_standard(void);

/* Return whether fd is a listening socket. */
bool descriptor_is_listening(int fd);

/*
 * Limits for discarding the rest of a body that is too long: web servers pass
 * on no reply before all of it was read, but a CGI server may leave standard
 * input open.
 */
#define DISCARD_MAX_BYTES (64L * 1024 * 1024)
#define DISCARD_WAIT_MS 1000 /* for more input */

/* Write len bytes to a blocking fd.  Returns 0, or -1 with errno. */
int descriptor_write_all(int fd, const void *p, size_t len);

#endif
