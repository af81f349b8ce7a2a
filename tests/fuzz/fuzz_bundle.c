/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <sys/mman.h>

/* For what stands behind its checksum. */
#include "spool/bundle.c" /* NOLINT */

/*
 * bundle_read() gives back the records that bundle_end() put there, nothing
 * when the head is damaged, and never more than the file has.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 8
#define FIRST UINT64_C(1767225600123456001)

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* Put these bytes in place of the file. */
static int
file_of(const void *p, size_t len)
{
	static int fd = -1;

	if (fd == -1)
		fd = memfd_create("bundle", MFD_CLOEXEC);
	must(ftruncate(fd, 0) == 0);
	must(pwrite(fd, p, len, 0) == (ssize_t)len);
	return fd;
}

static bool
read_number(int fd, uint64_t number, struct buf *b)
{
	char name[64];

	snprintf(name, sizeof(name), "%020" PRIu64 "-1-0000", number);
	return bundle_read(fd, name, b);
}

/* Any file at all, by names around the number that it may say. */
static void
try_file(const uint8_t *data, size_t size)
{
	struct buf b = {.max = 1 << 20};
	uint64_t first = 0;
	int fd = file_of(data, size);

	if (size > MAGIC_BYTES)
		sscanf((const char *)data + MAGIC_BYTES, "first %20" SCNu64,
		    &first);
	for (uint64_t i = 0; i < 4; i++)
		if (read_number(fd, first - 1 + i, &b)) {
			must(b.len < size);
			must(b.data[b.len] == '\0');
		}
	buf_free(&b);
}

/* Lines that stand in no sound head, with a checksum that fits. */
static void
try_lines(const uint8_t *data, size_t size)
{
	size_t n = size / LINE_BYTES;
	struct buf b = {.max = 1 << 20}, out = b;

	if (n == 0 || n > RECORDS)
		return;
	buf_printf(&b, "%sfirst %020" PRIu64 "\ncount %06zu\n", magic, FIRST,
	    n);
	buf_append(&b, data, n * LINE_BYTES);
	line_sum(&b);
	buf_puts(&b, "what may be a record");
	for (uint64_t i = 0; i < n; i++)
		if (read_number(file_of(b.data, b.len), FIRST + i, &out))
			must(out.len <= b.len);
	buf_free(&b);
	buf_free(&out);
}

/* Cut the input into records: each byte of its front is a length. */
static void
try_records(const uint8_t *data, size_t size)
{
	size_t n = size < RECORDS ? size : RECORDS, lengths[RECORDS], at = n;
	struct buf b = {.max = 1 << 20}, out = b;
	int fd;

	bundle_begin(&b, n);
	for (size_t i = 0; i < n; i++) {
		lengths[i] = data[i] < size - at ? data[i] : size - at;
		buf_append(&b, data + at, lengths[i]);
		at += lengths[i];
	}
	bundle_end(&b, FIRST, lengths, n);
	must(!b.failed);
	fd = file_of(b.data, b.len);
	at = n;
	for (size_t i = 0; i < n; i++) {
		must(read_number(fd, FIRST + i, &out));
		must(out.len == lengths[i]);
		must(memcmp(out.data, data + at, out.len) == 0);
		at += lengths[i];
	}
	must(!read_number(fd, FIRST - 1, &out));
	must(!read_number(fd, FIRST + n, &out));

	/* One bit of its head is another. */
	b.data[(size_t)data[0] * 7 % head_bytes(n)] ^= (char)(1 << (n % 8));
	fd = file_of(b.data, b.len);
	for (size_t i = 0; i < n; i++)
		must(!read_number(fd, FIRST + i, &out));
	buf_free(&b);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0 || size > 1 << 16)
		return 0;
	/* sscanf() needs an end. */
	text = calloc(1, size + 1);
	memcpy(text, data, size);
	try_file((const uint8_t *)text, size);
	free(text);
	try_lines(data, size);
	try_records(data, size);
	return 0;
}
