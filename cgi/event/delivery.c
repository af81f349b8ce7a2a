/* SPDX-License-Identifier: ISC */
#include "event/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "event/wrapper.h"

/* Keep at most so many items and members allocated between requests. */
#define ITEMS_KEPT 16
#define MEMBERS_KEPT 64

static const struct fault not_an_event = {.pointer = "",
    .detail = "the body must be a JSON object or an array of objects"};
static const struct fault not_an_object = {.pointer = "",
    .detail = "an item of a batch must be a JSON object"};
static const struct fault batch_empty = {.pointer = "",
    .detail = "the batch is empty; send at least one event"};
static const struct fault batch_long = {.pointer = "",
    .detail = "the batch is too long; send at most 1000 events"};

static const struct fault not_wrapped = {.pointer = "",
    .detail = "the wrapper key of this integration points to no object in "
	      "the body, and the body itself is no event"};

/* Make room for one item more; those that there are may move. */
static int
reserve_item(struct delivery *d)
{
	struct item *items;
	size_t n = d->cap == 0 ? 1 : 2 * d->cap;

	if (d->n < d->cap)
		return 0;
	items = realloc(d->items, n * sizeof(*items));
	if (items == NULL)
		return -1;
	d->items = items;
	d->cap = n;
	return 0;
}

static bool
is_in(const struct buf *b, const char *p)
{
	return p != NULL && b->data != NULL && p >= b->data &&
	    p <= b->data + b->len;
}

static enum outcome
read_item(struct delivery *d, struct wrapper *w, struct item *it,
    struct json_value v)
{
	struct json_value found;

	memset(it, 0, sizeof(*it));
	it->fault.pointer = "";
	if (v.type != JSON_OBJECT) {
		it->fault = not_an_object;
		it->outcome = OUTCOME_INVALID;
		return it->outcome;
	}
	found = wrapper_find(w, v, &d->inner);
	if (w->failed) {
		it->outcome = OUTCOME_UNAVAILABLE;
		return it->outcome;
	}
	it->ev.from = &d->from;
	if (d->from.identity == NULL)
		uuid_make(&it->ev.id, d->from.received_at);
	else
		identity_event(d->from.identity, (size_t)(it - d->items),
		    &it->ev.id);
	it->outcome = event_parse(&it->ev, found.text, &d->scratch, &it->fault);
	if (it->outcome == OUTCOME_INVALID && w->node != -1 &&
	    found.text.p == v.text.p)
		it->fault = not_wrapped;
	return it->outcome;
}

static void
free_events(struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		event_free(&d->items[i].ev);
	d->n = 0;
}

static enum outcome
read_batch(struct delivery *d, struct wrapper *w, struct slice array,
    struct fault *fault)
{
	enum outcome res, sum = OUTCOME_INVALID;
	size_t max = d->batch_max == 0 ? EVENT_BATCH_MAX : d->batch_max;
	struct json_member m;

	while (json_next(&array, &m)) {
		struct item *it;

		if (d->n == max) {
			free_events(d);
			*fault = batch_long;
			return OUTCOME_INVALID;
		}
		if (reserve_item(d) == -1)
			return OUTCOME_UNAVAILABLE;
		it = &d->items[d->n];
		res = read_item(d, w, it, m.value);
		/* One item's number is no fault of the others' document. */
		if (res == OUTCOME_BAD_JSON)
			it->outcome = OUTCOME_INVALID;
		if (is_in(&d->inner, it->fault.at))
			it->fault.at = NULL;
		d->n++;
		if (res == OUTCOME_UNAVAILABLE)
			return res;
		if (res == OUTCOME_OK)
			sum = res;
	}
	if (d->n == 0)
		*fault = batch_empty;
	return sum;
}

/* Describe where the body is not JSON, or not to be stored. */
static void
bad_json(struct delivery *d, const struct buf *body, struct fault *fault)
{
	const struct buf *b = is_in(&d->inner, fault->at) ? &d->inner : body;
	struct slice text = {b->data, b->len};
	size_t at = 0;

	if (fault->at != NULL)
		at = (size_t)(fault->at - b->data);
	json_explain(d->detail, text, fault->detail, at);
	fault->detail = d->detail;
	if (b == &d->inner)
		fault->at = NULL;
}

/* Read the one event of a body. */
static enum outcome
read_single(struct delivery *d, struct wrapper *w, struct json_value top,
    const struct buf *body, struct fault *fault)
{
	enum outcome res;

	if (top.type != JSON_OBJECT) {
		*fault = not_an_event;
		return OUTCOME_BAD_JSON;
	}
	if (reserve_item(d) == -1)
		return OUTCOME_UNAVAILABLE;
	d->n = 1;
	res = read_item(d, w, &d->items[0], top);
	if (res == OUTCOME_BAD_JSON)
		bad_json(d, body, &d->items[0].fault);
	*fault = d->items[0].fault;
	return res;
}

enum outcome
delivery_parse(struct delivery *d, struct buf *body, struct fault *fault)
{
	struct json_value top;
	struct wrapper w;
	enum outcome res;
	size_t at;

	*fault = (struct fault){.pointer = ""};
	res = json_scan(&top, body->data, body->len, &fault->detail, &at);
	if (res != OUTCOME_OK) {
		if (body->len > 0)
			fault->at = body->data + at;
		bad_json(d, body, fault);
		return res;
	}
	wrapper_init(&w, d->is_wrapped ? d->from.wrapper : "");
	/* All strings of the body fit into it, decoded, without moving it. */
	d->inner.max = body->len;
	if (w.node != -1)
		buf_reserve(&d->inner, body->len);
	d->is_batch = top.type == JSON_ARRAY;
	return d->is_batch ? read_batch(d, &w, top.text, fault)
			   : read_single(d, &w, top, body, fault);
}

void
delivery_reset(struct delivery *d)
{
	free_events(d);
	d->is_batch = d->is_wrapped = false;
	d->batch_max = 0;
	buf_reset(&d->inner);
	if (d->cap > ITEMS_KEPT) {
		free(d->items);
		d->items = NULL;
		d->cap = 0;
	}
	if (d->scratch.cap > MEMBERS_KEPT)
		json_list_free(&d->scratch);
}

void
delivery_free(struct delivery *d)
{
	delivery_reset(d);
	free(d->items);
	json_list_free(&d->scratch);
	buf_free(&d->inner);
	memset(d, 0, sizeof(*d));
}
