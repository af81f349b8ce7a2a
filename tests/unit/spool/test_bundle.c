/* SPDX-License-Identifier: ISC */
#include "spool/bundle.h"

#include "spool/spool_fixture.h"

static const char *const records[] = {"one", "", "three and more"};
static const char *const names[] = {"00000000000000000041-0001-3",
    "00000000000000000042-0001-0", "00000000000000000043-0001-14"};

static void
make(struct buf *b)
{
	size_t lengths[3];

	buf_reset(b);
	bundle_begin(b, 3);
	for (int i = 0; i < 3; i++) {
		buf_puts(b, records[i]);
		lengths[i] = strlen(records[i]);
	}
	bundle_end(b, 41, lengths, 3);
}

/* Read the record of this name from a file of these bytes. */
static bool
read_one(const struct buf *bytes, const char *name, struct buf *record)
{
	bool found;
	int fd;

	unlinkat(spool->tmp, "bundle", 0);
	spool_dir_create(spool->tmp, "bundle", bytes->data, bytes->len, false);
	fd = openat(spool->tmp, "bundle", O_RDONLY);
	found = bundle_read(fd, name, record);
	close(fd);
	return found;
}

static void
test_round_trip(void)
{
	struct buf b = {.max = 4096}, record = {.max = 4096};

	make(&b);
	for (int i = 0; i < 3; i++) {
		ok(read_one(&b, names[i], &record), "a record is found");
		is_bytes(record.data, record.len, records[i], "as it was");
	}
	ok(!read_one(&b, "00000000000000000040-0001-3", &record),
	    "one with a lower number is not");
	ok(!read_one(&b, "00000000000000000044-0001-3", &record),
	    "nor one with a higher number");
	buf_free(&b);
	buf_free(&record);
}

/* Of a damaged one, no record is read as another's. */
static void
test_damage(void)
{
	struct buf b = {.max = 4096}, record = {.max = 4096};
	size_t whole, head;
	int wrong = 0;

	make(&b);
	whole = b.len;
	head = whole - strlen("onethree and more");
	for (size_t at = 0; at < head; at++)
		for (int bit = 0; bit < 8; bit++) {
			b.data[at] ^= (char)(1 << bit);
			wrong += read_one(&b, names[0], &record);
			b.data[at] ^= (char)(1 << bit);
		}
	is_int(wrong, 0, "a bit that is flipped in the head is noticed");
	for (b.len = 0; b.len < whole; b.len++)
		wrong += read_one(&b, names[2], &record);
	is_int(wrong, 0, "so is one that is cut");
	buf_free(&b);
	buf_free(&record);
}

int
main(void)
{
	open_spool();
	test_round_trip();
	test_damage();
	close_spool();
	return done_testing();
}
