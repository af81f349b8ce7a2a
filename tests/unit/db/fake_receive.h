/* SPDX-License-Identifier: ISC */
#ifndef FAKE_RECEIVE_H
#define FAKE_RECEIVE_H

/* The part of fake_pq.h that receives answers. */

int
PQflush(PGconn *conn)
{
	enum pq_fate fate = conn->step->fate;

	if (fate == PQ_LOST_SENDING && conn->flushes > 0) {
		conn->status = CONNECTION_BAD;
		return -1;
	}
	if (fate == PQ_HANGS_SENDING || fate == PQ_RESET_SENDING)
		return 1;
	return conn->flushes++ == 0;
}

/* Override libc's poll(): see what the other end of the script does. */
int wait_for(struct pollfd *p, nfds_t n, int ms) __asm__("poll");

int
wait_for(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	PGconn *conn = pq.conn;
	enum pq_fate fate;

	if (n != 1 || conn == NULL || p->fd != conn->fd)
		return ppoll(p, n, ms < 0 ? NULL : &t, NULL);
	if (conn->polls++ == 0) {
		errno = EINTR;
		return -1;
	}
	fate = conn->step->fate;
	if (fate != PQ_HANGS_SENDING &&
	    (fate != PQ_HANGS || conn->flushes <= 1) &&
	    (fate != PQ_HANGS_UNREADY || conn->results == 0))
		return 1;
	fake_time.ms += ms;
	return 0;
}

int
PQconsumeInput(PGconn *conn)
{
	enum pq_fate fate = conn->step->fate;

	if (fate == PQ_RESET_SENDING ||
	    (fate == PQ_LOST && conn->flushes > 1) ||
	    (fate == PQ_LOST_UNREADY && conn->results > 0)) {
		conn->status = CONNECTION_BAD;
		return 0;
	}
	conn->is_busy = conn->flushes <= 1;
	return 1;
}

int
PQisBusy(PGconn *conn)
{
	return conn->is_busy;
}

/* A command is answered twice, as two in one statement are. */
PGresult *
PQgetResult(PGconn *conn)
{
	const struct pq_step *s = conn->step;
	bool is_command = s->rows == NULL && s->cell == NULL;
	int n = conn->results++;

	conn->is_busy =
	    s->fate == PQ_HANGS_UNREADY || s->fate == PQ_LOST_UNREADY;
	if (n == 0)
		return is_command && s->sqlstate != NULL ? make_error(s)
							 : make_rows(s);
	if (n == 1 && is_command && s->sqlstate == NULL)
		return make_rows(s);
	if (n == 1 && !is_command && s->sqlstate != NULL)
		return make_error(s);
	if (s->fate == PQ_CLOSES)
		conn->status = CONNECTION_BAD;
	return NULL;
}

#endif
