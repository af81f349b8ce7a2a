/* SPDX-License-Identifier: ISC */
#include "base/account.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

void
account_host(char host[ACCOUNT_BYTES])
{
	if (gethostname(host, ACCOUNT_BYTES) == -1)
		host[0] = '\0';
	host[ACCOUNT_BYTES - 1] = '\0';
}

void
account_user(char user[ACCOUNT_BYTES])
{
	char space[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(geteuid(), &entry, space, sizeof(space), &found) == 0 &&
	    found != NULL)
		snprintf(user, ACCOUNT_BYTES, "%s", found->pw_name);
	else
		snprintf(user, ACCOUNT_BYTES, "%ju", (uintmax_t)geteuid());
}
