/* SPDX-License-Identifier: ISC */
#ifndef BASE_IDENTITY_H
#define BASE_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define IDENTITY_NAME "DOOR_IDENTITY" /* of the parameter or variable */
#define IDENTITY_RANDOM_BYTES 10
#define IDENTITY_TEXT_BYTES 96

/*
 * What a request keeps when it is handed on a second time, because the first
 * attempt gave no answer: its events then have the same ids, so that they are
 * stored once.  tocsin.cgi draws it and hands it on beside the parameters of
 * the request; no HTTP header can have this name, since those begin with
 * HTTP_.
 */
struct identity {
	int64_t received_at; /* wall clock, microseconds */
	uint64_t time; /* of its first event's id, from uuid_take() */
	int64_t deadline; /* of clock_ms(), for the database */
	uint64_t settings; /* of tocsin.cgi: door/place.h */
	unsigned char random[IDENTITY_RANDOM_BYTES];
};

/*
 * Fill in time, by received_at, and random.  Returns 0, or -1 when there are
 * no random bytes.
 */
int identity_draw(struct identity *id);

void identity_format(const struct identity *id, char text[IDENTITY_TEXT_BYTES]);

/* Parse what identity_format() writes.  Returns 0, or -1 for anything else. */
int identity_parse(struct identity *id, const char *text);

/*
 * Make the UUIDv7 of the n-th event of the request, counted from 0: the same
 * each time, in the order of n, and of no other request.  What is drawn after
 * that is later.
 */
void identity_event(const struct identity *id, size_t n, struct uuid *u);

#endif
