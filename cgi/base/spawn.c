/* SPDX-License-Identifier: ISC */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

/* Make fd the descriptor to of the program.  Returns 0 if that is noted. */
static int
place(posix_spawn_file_actions_t *files, int fd, int to, int flags)
{
	return fd == -1
	    ? posix_spawn_file_actions_addopen(files, to, "/dev/null", flags, 0)
	    : posix_spawn_file_actions_adddup2(files, fd, to);
}

static int
set_files(posix_spawn_file_actions_t *files, const struct spawn *s)
{
	int rc = place(files, s->in, STDIN_FILENO, O_RDONLY);

	rc |= place(files, -1, STDOUT_FILENO, O_WRONLY);
	rc |= place(files, s->err, STDERR_FILENO, O_WRONLY);
	/* Libraries may have some that would otherwise stay open. */
	rc |=
	    posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
	if (s->directory != NULL)
		rc |= posix_spawn_file_actions_addchdir_np(files, s->directory);
	return rc;
}

static int
set_attributes(posix_spawnattr_t *attr, const struct spawn *s)
{
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	rc = posix_spawnattr_setflags(attr,
	    (short)((s->own_session ? POSIX_SPAWN_SETSID
				    : POSIX_SPAWN_SETPGROUP) |
		POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
	rc |= posix_spawnattr_setpgroup(attr, 0);
	rc |= posix_spawnattr_setsigdefault(attr, &all);
	rc |= posix_spawnattr_setsigmask(attr, &none);
	return rc;
}

int
spawn(const struct spawn *s, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = ENOMEM;

	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	if (set_files(&files, s) == 0 && set_attributes(&attr, s) == 0)
		rc = posix_spawn(pid, s->argv[0], &files, &attr, s->argv,
		    s->environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}
