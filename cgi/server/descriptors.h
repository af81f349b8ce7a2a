/* SPDX-License-Identifier: ISC */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

/*
 * Make sure that the process may open the descriptors that it needs while all
 * workers are spooling an event, and those of the database connections.  Raises
 * the soft limit as far as needed and allowed.
 *
 * Returns how many workers there may be, at most workers.  If there are fewer,
 * logs why; 0 means not even one.
 */
int descriptors_reserve(int workers, int connections);

#endif
