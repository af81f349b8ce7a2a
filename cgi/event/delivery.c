/* SPDX-License-Identifier: ISC */
#include "event/delivery.h"

#include <stdlib.h>
#include <string.h>

/* A batch this large is freed after its request instead of being kept. */
#define ITEMS_KEPT 16

static const struct fault not_an_object = {"",
    "an item of a batch must be a JSON object"};
static const struct fault batch_empty = {"",
    "the batch is empty; send at least one event"};
static const struct fault batch_long = {"",
    "the batch is too long; send at most 1000 events"};

static int
reserve_items(struct delivery *d, size_t n)
{
	struct item *items;

	if (n <= d->cap)
		return 0;
	items = realloc(d->items, n * sizeof(*items));
	if (items == NULL)
		return -1;
	d->items = items;
	d->cap = n;
	return 0;
}

static enum outcome
read_item(struct delivery *d, struct item *it, const struct json_value *v)
{
	memset(it, 0, sizeof(*it));
	if (v->type != JSON_OBJECT) {
		it->fault = not_an_object;
		it->outcome = OUTCOME_INVALID;
		return it->outcome;
	}
	it->ev.from = &d->from;
	uuid_make(&it->ev.id, d->from.received_at);
	it->outcome = event_parse(&it->ev, v->text, &d->scratch, &it->fault);
	return it->outcome;
}

static enum outcome
read_batch(struct delivery *d, struct fault *fault)
{
	enum outcome res, sum = OUTCOME_INVALID;

	if (d->doc.n == 0 || d->doc.n > EVENT_BATCH_MAX) {
		*fault = d->doc.n == 0 ? batch_empty : batch_long;
		return OUTCOME_INVALID;
	}
	if (reserve_items(d, d->doc.n) == -1)
		return OUTCOME_UNAVAILABLE;
	for (d->n = 0; d->n < d->doc.n;) {
		res =
		    read_item(d, &d->items[d->n], &d->doc.members[d->n].value);
		d->n++;
		if (res == OUTCOME_UNAVAILABLE)
			return res;
		if (res == OUTCOME_OK)
			sum = res;
	}
	return sum;
}

enum outcome
delivery_parse(struct delivery *d, struct buf *body, struct fault *fault)
{
	enum outcome res;

	res = json_scan(&d->doc, body->data, body->len, &d->why, &d->at);
	if (res != OUTCOME_OK)
		return res;
	d->is_batch = d->doc.top.type == JSON_ARRAY;
	if (d->is_batch)
		return read_batch(d, fault);
	if (d->doc.top.type != JSON_OBJECT) {
		d->why = "the body must be a JSON object, or an array of them";
		d->at = 0;
		return OUTCOME_BAD_JSON;
	}
	if (reserve_items(d, 1) == -1)
		return OUTCOME_UNAVAILABLE;
	d->n = 1;
	res = read_item(d, &d->items[0], &d->doc.top);
	*fault = d->items[0].fault;
	return res;
}

void
delivery_reset(struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		event_free(&d->items[i].ev);
	d->n = 0;
	d->is_batch = false;
	if (d->cap > ITEMS_KEPT) {
		free(d->items);
		d->items = NULL;
		d->cap = 0;
	}
}

void
delivery_free(struct delivery *d)
{
	delivery_reset(d);
	free(d->items);
	json_free(&d->doc);
	json_free(&d->scratch);
	memset(d, 0, sizeof(*d));
}
