/* SPDX-License-Identifier: ISC */
#include "door/place.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static void
test_settings(void)
{
	static char a[] = "TOCSIN_A=1", x[] = "PGHOST=x", y[] = "PGHOST=y",
		    p[] = "HTTP_PROXY=p", q[] = "HTTP_PROXY=q";
	char *one[] = {a, x, p, NULL}, *two[] = {q, x, a, NULL};
	char *other[] = {a, y, NULL}, *none[] = {NULL};
	uint64_t settings;

	environ = one;
	settings = door_settings("/a");
	ok(settings != door_settings("/b"), "another file is another setting");
	ok(settings != door_settings(NULL), "and so is none");
	environ = two;
	ok(settings == door_settings("/a"),
	    "neither order nor what is not kept means anything");
	environ = other;
	ok(settings != door_settings("/a"), "another variable does");
	environ = none;
	ok(settings != door_settings("/a"), "and none");
}

static void
test_address(void)
{
	char spool[200];
	struct sockaddr_un a;

	is_int(door_address(&a, "/spool", DOOR_SOCKET), 0, "an address");
	is_str(a.sun_path, "/spool/door", "is in the spool");
	memset(spool, 'x', sizeof(spool));
	spool[0] = '/';
	spool[sizeof(a.sun_path) - sizeof("/" DOOR_DRAFT)] = '\0';
	is_int(door_address(&a, spool, DOOR_DRAFT), 0,
	    "as long as an address can be");
	spool[strlen(spool)] = 'x';
	spool[sizeof(a.sun_path) - sizeof("/" DOOR_DRAFT) + 1] = '\0';
	is_int(door_address(&a, spool, DOOR_DRAFT), -1, "and not longer");
}

int
main(void)
{
	test_settings();
	test_address();
	return done_testing();
}
