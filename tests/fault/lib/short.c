/* SPDX-License-Identifier: ISC */
/*
 * To be preloaded: files are written three bytes at a time, and every fourth
 * call is interrupted.  Says at the end how often.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 3

static long calls;

ssize_t
write(int fd, const void *p, size_t n)
{
	static ssize_t (*next)(int, const void *, size_t);
	struct stat st;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	if (n <= PIECE || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return next(fd, p, n);
	if (++calls % 4 == 0) {
		errno = EINTR;
		return -1;
	}
	return next(fd, p, PIECE);
}

__attribute__((destructor)) static void
report(void)
{
	fprintf(stderr, "short: %ld calls\n", calls);
}
