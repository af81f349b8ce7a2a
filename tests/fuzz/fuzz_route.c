/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/route.h"

/*
 * The input is method, SCRIPT_NAME, PATH_INFO and base path, a line each; a
 * line that is not there is NULL.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct endpoint endpoints[] = {
    {"/integration", BELOW_INTEGRATION, "POST", NULL},
    {"/live", BELOW_NOTHING, "GET, HEAD", NULL},
    {"/board", BELOW_ANYTHING, "GET, HEAD, POST", NULL},
    {NULL, 0, NULL, NULL},
};

static void
must(int truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char id[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123456789"
				 "abcdefghijklmnopqrstuvwxyz";
	char *text = strndup((const char *)data, size), *next = text;
	char *line[4], rest[80] = "";
	struct buf path = {.max = 200};
	struct request req = {0};
	struct route r;
	enum outcome res;

	for (int i = 0; i < 4; i++)
		line[i] = strsep(&next, "\n");
	req.method = line[0];
	req.script_name = line[1];
	req.path_info = line[2];
	res = route_find(&r, endpoints, &path, &req, line[3]);
	must(res == OUTCOME_OK || res == OUTCOME_NOT_FOUND ||
	    res == OUTCOME_BAD_METHOD);
	must((res == OUTCOME_NOT_FOUND) == (r.to == NULL));
	if (res == OUTCOME_OK)
		must(strstr(r.to->methods, line[0]) != NULL);
	if (r.to != NULL)
		must(r.rest.p >= path.data &&
		    r.rest.p + r.rest.len <= path.data + path.len);
	if (r.to == &endpoints[0]) {
		must(r.rest.len > 4 && r.rest.len <= 68);
		memcpy(rest, r.rest.p, r.rest.len);
		must(strncmp(rest, "int_", 4) == 0);
		must(strspn(rest + 4, id) == r.rest.len - 4);
	}
	buf_free(&path);
	free(text);
	return 0;
}
