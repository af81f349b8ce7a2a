/* SPDX-License-Identifier: ISC */
#include "http/arrival.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

#define BEGIN "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PARAMS "\1\4\0\1\0\3\5\0\1\1ab\0\0\0\0"
#define PARAMS_END "\1\4\0\1\0\0\0\0"
#define STDIN "\1\5\0\1\0\2\6\0{}\0\0\0\0\0\0"
#define STDIN_END "\1\5\0\1\0\0\0\0"

#define WHOLE BEGIN PARAMS PARAMS_END STDIN STDIN_END

static int ends[2]; /* ours, the server's */

static void
open_connection(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		exit(1);
}

static void
close_connection(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void
send_bytes(const void *p, size_t len)
{
	if (write(ends[1], p, len) != (ssize_t)len)
		exit(1);
}

/* What is said of these bytes, twice, since none may be taken. */
static enum arrival
arrival_of(const void *p, size_t len)
{
	enum arrival a;

	open_connection();
	send_bytes(p, len);
	a = http_arrival(ends[0]);
	if (http_arrival(ends[0]) != a)
		a = (enum arrival) - 1;
	close_connection();
	return a;
}

#define REQUEST(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t len;
	enum arrival want;
	const char *name;
} requests[] = {
    {REQUEST(WHOLE), ARRIVAL_WHOLE, "a whole request"},
    {REQUEST(BEGIN PARAMS PARAMS PARAMS_END STDIN STDIN STDIN_END),
	ARRIVAL_WHOLE, "more records of each kind"},
    {REQUEST(BEGIN PARAMS_END STDIN_END), ARRIVAL_WHOLE,
	"neither parameters nor a body"},
    {REQUEST(WHOLE BEGIN), ARRIVAL_WHOLE, "the next one behind it"},
    /* All else libfcgi may wait for. */
    {REQUEST(STDIN_END WHOLE), ARRIVAL_PART, "a record of no request"},
    {REQUEST(PARAMS PARAMS_END STDIN STDIN_END), ARRIVAL_PART, "no begin"},
    {REQUEST(BEGIN PARAMS STDIN STDIN_END), ARRIVAL_PART,
	"parameters without an end"},
    {REQUEST(BEGIN BEGIN PARAMS PARAMS_END STDIN STDIN_END), ARRIVAL_PART,
	"two begins"},
    {REQUEST(BEGIN PARAMS PARAMS_END "\1\5\0\2\0\0\0\0" STDIN), ARRIVAL_PART,
	"the end of another one's body"},
    {REQUEST(BEGIN PARAMS PARAMS_END "\1\2\0\1\0\0\0\0" STDIN_END),
	ARRIVAL_PART, "an abort"},
    {REQUEST("\1\1\0\1\0\10\0\0\0\2\0\0\0\0\0\0" PARAMS PARAMS_END STDIN_END),
	ARRIVAL_PART, "another role"},
    {REQUEST("\1\11\0\0\0\0\0\0"), ARRIVAL_PART, "a question of the server"},
    {REQUEST("\2" WHOLE), ARRIVAL_PART, "another version"},
    {REQUEST("GET / HTTP/1.0\r\n\r\n"), ARRIVAL_PART, "another protocol"},
};

static void
test_whole(void)
{
	static const char whole[] = WHOLE;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		is_int(arrival_of(requests[i].bytes, requests[i].len),
		    requests[i].want, requests[i].name);
	for (size_t len = 1; len < sizeof(whole) - 1; len++)
		wrong += arrival_of(whole, len) != ARRIVAL_PART;
	is_int((long long)wrong, 0, "each part of a request is only a part");
}

/* What is said of a request of so many bytes. */
static enum arrival
arrival_of_size(size_t size)
{
	static const char head[] = BEGIN PARAMS_END, end[] = STDIN_END;
	size_t head_len = sizeof(head) - 1, end_len = sizeof(end) - 1;
	size_t body = size - head_len - 8 - end_len;
	enum arrival a;
	char *p = calloc(1, size);

	if (p == NULL)
		exit(1);
	memcpy(p, head, head_len);
	memcpy(p + head_len, "\1\5\0\1", 4);
	p[head_len + 4] = (char)(body >> 8);
	p[head_len + 5] = (char)body;
	memcpy(p + size - end_len, end, end_len);
	a = arrival_of(p, size);
	free(p);
	return a;
}

static void
test_size(void)
{
	is_int(arrival_of_size(ARRIVAL_MAX_BYTES), ARRIVAL_WHOLE,
	    "the longest request");
	is_int(arrival_of_size(ARRIVAL_MAX_BYTES + 1), ARRIVAL_PART,
	    "one byte more");
}

static void
test_nothing(void)
{
	open_connection();
	is_int(http_arrival(ends[0]), ARRIVAL_NOTHING, "no byte yet");
	close(ends[1]);
	is_int(http_arrival(ends[0]), ARRIVAL_END, "none will come");
	close(ends[0]);
	is_int(http_arrival(ends[0]), ARRIVAL_END, "no connection");
}

int
main(void)
{
	test_whole();
	test_size();
	test_nothing();
	return done_testing();
}
