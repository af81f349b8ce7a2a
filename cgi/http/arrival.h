/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ARRIVAL_H
#define HTTP_ARRIVAL_H

/* A longer request never counts as whole. */
#define ARRIVAL_MAX_BYTES 16384

enum arrival {
	ARRIVAL_NOTHING, /* no byte yet */
	ARRIVAL_PART, /* part of a request, or anything else */
	ARRIVAL_WHOLE, /* a whole one: reading it and its body does not block */
	ARRIVAL_END /* the server has closed the connection, or it failed */
};

/* Peek at what has arrived on a connection.  Never blocks. */
enum arrival http_arrival(int fd);

#endif
