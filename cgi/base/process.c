/* SPDX-License-Identifier: ISC */
#include "base/process.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

void
process_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void
process_ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void
process_end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/*
	 * It may have died before prctl().  If the web server is process 1,
	 * as in a container, this process is in its session.
	 */
	if (getppid() == 1 && getsid(0) != getsid(1))
		log_fatalx("the web server has ended");
}

bool
process_keeps(const char *variable)
{
	static const char *const processes[] = {"TOCSIN_END_WITH_PARENT=",
	    "TOCSIN_WORKERS="};

	for (size_t i = 0; i < 2; i++)
		if (strncmp(variable, processes[i], strlen(processes[i])) == 0)
			return false;
	return strncmp(variable, "TOCSIN_", 7) == 0 ||
	    strncmp(variable, "PG", 2) == 0 ||
	    strncmp(variable, "HOME=", 5) == 0;
}

int
program_find(struct program *p)
{
	static const char self[] = "/proc/self/exe";
	ssize_t n = readlink(self, p->path, sizeof(p->path) - 1);

	if (n <= 0 || stat(self, &p->image) == -1)
		return -1;
	p->path[n] = '\0';
	return 0;
}

int
program_beside(const struct program *p, const char *name, char path[PATH_MAX])
{
	static const char *const places[] = {"", "../lib/tocsin/"};
	const char *slash = strrchr(p->path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - p->path);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (snprintf(path, PATH_MAX, "%.*s%s%s", dir, p->path,
			places[i], name) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return 0;
	return -1;
}

bool
program_is_stale(const struct program *p)
{
	struct stat st;

	return stat(p->path, &st) == -1 || st.st_dev != p->image.st_dev ||
	    st.st_ino != p->image.st_ino ||
	    st.st_mtim.tv_sec != p->image.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != p->image.st_mtim.tv_nsec;
}
