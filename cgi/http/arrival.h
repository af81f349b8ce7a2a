/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ARRIVAL_H
#define HTTP_ARRIVAL_H

/* A longer request never counts as whole. */
#define ARRIVAL_MAX_BYTES 16384

enum arrival {
	ARRIVAL_NOTHING, /* no byte yet */
	ARRIVAL_PART, /* some of a request, or anything else */
	ARRIVAL_WHOLE, /* all of one: http_accept() and its body need no wait */
	ARRIVAL_END /* the server has closed the connection, or it failed */
};

/* Look at what a connection has for us.  Never waits and takes nothing. */
enum arrival http_arrival(int fd);

#endif
