/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tap.h"

static void
check_slices(void)
{
	struct slice absent = {NULL, 0};

	ok(slice_equal(SLICE("ab"), SLICE("ab")), "equal bytes are equal");
	ok(!slice_equal(SLICE("ab"), SLICE("ac")), "other bytes are not");
	ok(!slice_equal(SLICE("ab"), SLICE("abc")), "a prefix is not equal");
	ok(slice_equal(SLICE("a\0b"), SLICE("a\0b")), "a NUL is a byte");
	ok(!slice_equal(SLICE("a\0b"), SLICE("a\0c")),
	    "bytes after a NUL are compared");
	ok(!slice_equal(absent, SLICE("")), "absent is not empty");
	ok(!slice_equal(SLICE(""), absent), "empty is not absent");
	ok(slice_equal(absent, absent), "absent equals absent");
}

static void
check_growth(void)
{
	struct buf b = {.max = 100000};
	int i;

	for (i = 0; i < 10000; i++)
		buf_append(&b, "0123456789", 10);
	ok(!b.failed, "a buffer takes exactly its maximum");
	is_int((long long)b.len, 100000, "and counts it");
	ok(memcmp(b.data + 99990, "0123456789", 10) == 0,
	    "what was appended last is at the end");
	buf_append(&b, "x", 1);
	ok(b.failed, "one byte more fails");
	is_int((long long)b.len, 100000, "a failed append adds nothing");
	buf_reset(&b);
	ok(!b.failed && b.len == 0, "reset makes it usable again");
	ok(b.data == NULL, "reset gives back what is over 8 KiB");
	buf_puts(&b, "abc");
	buf_reset(&b);
	ok(b.data != NULL, "reset keeps what is small");
	buf_puts(&b, "de");
	is_bytes(b.data, b.len, "de", "and starts at its beginning");
	buf_free(&b);
	ok(b.data == NULL && b.max == 100000, "free keeps the maximum only");
	buf_free(&b);
}

static void
check_failed_stays(void)
{
	struct buf b = {.max = 4};

	buf_puts(&b, "abc");
	buf_puts(&b, "de");
	ok(b.failed, "an append over the maximum fails");
	buf_puts(&b, "f");
	is_bytes(b.data, b.len, "abc",
	    "after a failure nothing is appended, so no gap can appear");
	ok(buf_reserve(&b, 1) == NULL, "nor is there room to reserve");
	buf_printf(&b, "g");
	is_bytes(b.data, b.len, "abc", "nor is anything printed");
	buf_free(&b);
}

static void
check_printf(void)
{
	struct buf b = {.max = 600};

	buf_printf(&b, "%s-%d", "x", 7);
	is_bytes(b.data, b.len, "x-7", "printf appends");
	buf_printf(&b, "%s", "");
	is_bytes(b.data, b.len, "x-7", "printf of nothing adds nothing");
	buf_printf(&b, "%0597d", 1);
	ok(!b.failed && b.len == 600, "printf may fill it to its maximum");
	buf_printf(&b, "%d", 1);
	ok(b.failed && b.len == 600, "printf over the maximum fails");
	buf_free(&b);

	b = (struct buf){.max = 0};
	buf_printf(&b, "x");
	ok(b.failed && b.len == 0, "a maximum of 0 takes nothing");
	buf_free(&b);
}

static void
check_reserve(void)
{
	struct buf b = {.max = 1000};
	char *p = buf_reserve(&b, 1000);

	ok(p != NULL && b.len == 0, "reserve does not count bytes");
	memset(p, 'y', 1000);
	b.len += 1000;
	ok(buf_reserve(&b, 0) == b.data + 1000, "no bytes always have room");
	buf_free(&b);

	b = (struct buf){.max = SIZE_MAX};
	buf_puts(&b, "a");
	ok(buf_reserve(&b, SIZE_MAX - 1) == NULL && b.failed,
	    "a length near the end of the address space fails");
	is_bytes(b.data, b.len, "a", "and does no harm");
	buf_free(&b);

	b = (struct buf){.max = 10};
	buf_append(&b, NULL, 0);
	ok(!b.failed && b.data == NULL, "nothing at NULL may be appended");
	buf_free(&b);
}

static void
check_numbers(void)
{
	static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "1e3",
	    "0x1", "1234567890123456789"};

	is_int(slice_number(SLICE("0")), 0, "a number of one digit");
	is_int(slice_number(SLICE("999999999999999999")), 999999999999999999,
	    "and of eighteen");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(slice_number((struct slice){wrong[i], strlen(wrong[i])}),
		    -1, "nothing else is one");
	is_int(slice_number((struct slice){NULL, 0}), -1, "nor is none");
}

int
main(void)
{
	check_slices();
	check_numbers();
	check_growth();
	check_failed_stays();
	check_printf();
	check_reserve();
	return done_testing();
}
