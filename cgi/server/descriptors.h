/* SPDX-License-Identifier: ISC */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

/*
 * Make sure that the process may open the descriptors it needs: all workers
 * at once, each in the middle of storing an event, and the database
 * connections.  Raises the soft limit as far as needed and allowed.
 *
 * Returns how many workers there may be, at most workers.  When that is fewer
 * it logs why; 0 means not even one.
 */
int descriptors_reserve(int workers, int connections);

#endif
