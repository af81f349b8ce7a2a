/* SPDX-License-Identifier: ISC */
#include "intake/intake.h"

#include "intake/intake_fixture.h"

static void
send_as(struct post *p, const char *name, const char *token)
{
	open_post(p, name, 1);
	p->d.from.integration_id = SLICE("int_closed");
	p->d.from.has_token = true;
	digest_sha256(token, strlen(token), p->d.from.token_hash);
}

/* The token was changed, and the copy of the integrations has the old one. */
static void
test_rotated(void)
{
	char before[DIGEST_HEX_BYTES];
	unsigned char sum[DIGEST_BYTES];
	struct post p;

	memcpy(before, closed_hash, sizeof(before));
	digest_sha256("next", 4, sum);
	digest_hex(sum, closed_hash);
	send_as(&p, "rotated", "next");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_CREATED,
	    "the database takes the new token");
	close_post(&p);
	fake.away = true;
	send_as(&p, "rotated", "next");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_QUEUED,
	    "and in the outage that follows the spool does");
	close_post(&p);
	send_as(&p, "rotated", "other");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_UNAVAILABLE, "but no other");
	close_post(&p);
	fake.away = false;
	empty_spool();

	/* What its first event speaks of is locked. */
	digest_sha256("third", 5, sum);
	digest_hex(sum, closed_hash);
	refreshes = 0;
	send_as(&p, "locked", "third");
	fake.locked = p.d.items[0].ev.id;
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_QUEUED,
	    "what a database that is there cannot store now is queued");
	is_int(refreshes, 1, "since it was asked who may");
	close_post(&p);
	digest_sha256("fourth", 6, sum);
	digest_hex(sum, closed_hash);
	send_as(&p, "locked", "fourth");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_QUEUED,
	    "and so is what must wait behind it");
	is_int(refreshes, 2, "for a sender that is new again");
	close_post(&p);
	send_as(&p, "locked", "wrong");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_UNAVAILABLE,
	    "a stranger gets nothing by it");
	close_post(&p);
	memset(&fake.locked, 0, sizeof(fake.locked));
	memcpy(closed_hash, before, sizeof(before));
	empty_spool();
}

int
main(void)
{
	open_intake();
	test_rotated();
	close_intake();
	return done_testing();
}
