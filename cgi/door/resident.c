/* SPDX-License-Identifier: ISC */
#include "door/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/process.h"
#include "base/timing.h"
#include "door/place.h"
#include "server/serve.h"
#include "spool/backlog.h"
#include "spool/dir.h"

#define BACKLOG 4096

struct resident {
	struct listener listener; /* first */
	const struct conf *conf;
	const char *conf_path;
	struct spooler *spooler;
	uint64_t settings;
	atomic_bool is_outdated; /* a client had other settings */
	int lock;
	struct stat socket; /* as it was made */
	struct program program;
};

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Return whether the spool's file of this name is still the file of st. */
static bool
is_in_place(const struct resident *r, const char *name, const struct stat *st)
{
	struct stat found;

	return fstatat(spooler_dir(r->spooler)->dir, name, &found,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_same(&found, st);
}

static bool
has_lock(const struct resident *r)
{
	struct stat st;

	return fstat(r->lock, &st) == 0 && is_in_place(r, DOOR_LOCK, &st);
}

static bool
is_idle(const struct resident *r, int64_t idle_ms)
{
	struct gate gate;

	if (idle_ms < (int64_t)r->conf->door_idle * 1000)
		return false;
	spooler_gate(r->spooler, &gate);
	return gate.files == 0;
}

/* For the listener: once a second. */
static bool
is_over(struct listener *l, int64_t idle_ms)
{
	const struct resident *r = (struct resident *)(void *)l;
	const char *why = NULL;

	if (program_is_stale(&r->program))
		why = "the program was changed";
	else if (r->is_outdated)
		why = "tocsin.cgi has other settings";
	else if (conf_is_stale(r->conf, r->conf_path))
		why = "the configuration was changed";
	else if (!has_lock(r))
		why = "another took over the lock";
	else if (!is_in_place(r, DOOR_SOCKET, &r->socket))
		why = "the socket was removed";
	else if (is_idle(r, idle_ms))
		why = "there were no requests";
	if (why != NULL)
		log_info("stopping: %s", why);
	return why != NULL;
}

/* For the listener: a new connection. */
static bool
trusts(struct listener *l, int fd)
{
	(void)l;
	return door_is_peer_ours(fd);
}

/*
 * For the listener: a request.  Refuse one that is late, as after this process
 * was stopped, since its client has given it up; and one with other settings,
 * which may mean another database.
 */
static bool
admits(struct listener *l, const struct identity *id)
{
	struct resident *r = (struct resident *)(void *)l;

	if (id->settings != r->settings)
		r->is_outdated = true;
	return id->settings == r->settings &&
	    clock_ms() < id->deadline + DOOR_LATE_MS;
}

/*
 * For the listener: serving ends.  Remove the socket before the lock is
 * released: after that it may be a successor's.
 */
static void
leave(struct listener *l)
{
	struct resident *r = (struct resident *)(void *)l;

	if (has_lock(r) && is_in_place(r, DOOR_SOCKET, &r->socket))
		unlinkat(spooler_dir(r->spooler)->dir, DOOR_SOCKET, 0);
	close(r->lock);
	r->lock = -1;
}

/*
 * Take the lock: it is standard input, locked by the client that started this
 * process, or is taken here.
 */
static int
take_lock(struct resident *r)
{
	const struct spool_dir *d = spooler_dir(r->spooler);
	struct stat st;

	r->lock = -1;
	if (fstat(STDIN_FILENO, &st) == 0 && is_in_place(r, DOOR_LOCK, &st)) {
		r->lock = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		close(STDIN_FILENO);
		descriptor_fill_standard();
	} else {
		r->lock =
		    spool_dir_open_file(d->dir, DOOR_LOCK, O_RDWR | O_CREAT);
	}
	if (r->lock != -1 && flock(r->lock, LOCK_EX | LOCK_NB) == 0 &&
	    has_lock(r))
		return 0;
	log_warn("could not lock \"%s/%s\"", r->conf->spool, DOOR_LOCK);
	return -1;
}

/* Listen under another name, then rename: whoever finds it can connect. */
static int
listen_at_door(struct resident *r)
{
	int dir = spooler_dir(r->spooler)->dir;
	struct sockaddr_un a;
	int fd;
	mode_t mask;

	if (door_address(&a, r->conf->spool, DOOR_DRAFT) == -1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	unlinkat(dir, DOOR_DRAFT, 0);
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		umask(mask);
		if (listen(fd, BACKLOG) == 0 &&
		    fstatat(dir, DOOR_DRAFT, &r->socket, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    renameat(dir, DOOR_DRAFT, dir, DOOR_SOCKET) == 0)
			return fd;
	}
	umask(mask);
	close(fd);
	return -1;
}

int
resident_serve(const struct conf *conf, const char *conf_path,
    struct spooler *spooler, struct metrics *metrics)
{
	struct resident r = {.listener = {.fd = -1,
				 .trusts = trusts,
				 .admits = admits,
				 .is_over = is_over,
				 .leave = leave,
				 .crowd_ms = DOOR_CROWD_MS},
	    .conf = conf,
	    .conf_path = conf_path,
	    .spooler = spooler};
	int rc;

	r.settings = door_settings(conf->path);
	if (take_lock(&r) == -1)
		return -1;
	if (program_find(&r.program) == 0)
		r.listener.fd = listen_at_door(&r);
	if (r.listener.fd == -1) {
		log_warn("could not listen at \"%s/%s\"", conf->spool,
		    DOOR_SOCKET);
		return -1;
	}
	rc = serve(conf, spooler, metrics, &r.listener);
	close(r.listener.fd);
	return rc;
}
