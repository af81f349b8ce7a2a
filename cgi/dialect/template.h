/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_TEMPLATE_H
#define DIALECT_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"

/* What a pointer starts from; tocsin.dialect.5 describes them. */
enum root {
	ROOT_BODY,
	ROOT_ITEM,
	ROOT_INNER,
	ROOT_URL,
	ROOT_QUERY,
	ROOT_HEADER,
	ROOT_KEY,
	ROOT_VALUE,
	ROOT_EVENT, /* this and the following are for answers */
	ROOT_REQUEST,
	ROOT_ERROR,
	ROOTS
};

/* A piece of a template: text, or the value of a pointer. */
struct part {
	struct slice text; /* escaped for JSON; absent: a value */
	int node;
	int map; /* looks the value up; -1 = none */
};

struct template
{
	struct slice source; /* as it stands in the file */
	size_t first, n; /* of the dialect's parts */
};

/* An entry of a map, or a word of a condition (value is absent). */
struct word {
	struct slice text; /* compared ignoring case */
	struct slice value; /* escaped for JSON */
};

struct map {
	struct slice name;
	size_t first, n; /* of the dialect's words */
	struct slice other; /* for any other word; absent: nothing */
};

#endif
