/* SPDX-License-Identifier: ISC */
#include "server/descriptors.h"

#include <sys/resource.h>

#include "base/log.h"

/* A worker's connection and a file of the spool. */
#define PER_WORKER 2
/*
 * The standard ones, the listening socket, the log, the spool's directories,
 * what wakes the gatherer, and a reserve for what opens files for a moment:
 * refreshing the copy of the integrations, draining, libpq.
 */
#define FIXED 24

int
descriptors_reserve(int workers, int connections)
{
	rlim_t base = FIXED + (rlim_t)connections;
	rlim_t least = base + PER_WORKER;
	rlim_t want = base + (rlim_t)workers * PER_WORKER, most;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= want)
		return workers;
	most = limit.rlim_max < want ? limit.rlim_max : want;
	if (most > limit.rlim_cur) {
		limit.rlim_cur = most;
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= want)
		return workers;
	if (limit.rlim_cur < least) {
		log_warnx("%d workers need %llu file descriptors and one needs "
			  "%llu, but the limit is %llu: raise it (ulimit -n, "
			  "LimitNOFILE)",
		    workers, (unsigned long long)want,
		    (unsigned long long)least,
		    (unsigned long long)limit.rlim_cur);
		return 0;
	}
	workers = (int)((limit.rlim_cur - base) / PER_WORKER);
	log_warnx("%llu file descriptors would be needed, but the limit is "
		  "%llu: only %d workers; raise it (ulimit -n, LimitNOFILE)",
	    (unsigned long long)want, (unsigned long long)limit.rlim_cur,
	    workers);
	return workers;
}
