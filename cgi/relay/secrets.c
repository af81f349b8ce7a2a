/* SPDX-License-Identifier: ISC */
#include "relay/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "json/decode.h"
#include "json/json.h"
#include "json/pointer.h"

#define FILE_BYTES_MAX ((size_t)256 * 1024)
#define BODY_BYTES_MAX ((size_t)1024 * 1024)
#define PATHS_BYTES_MAX ((size_t)16 * 1024)
#define NODES_MAX (SECRETS_PATHS_MAX * POINTER_TOKENS_MAX + 1)
#define OPENS "{{secret."
#define CLOSES "}}"
#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

void
secrets_init(struct secrets *s, const char *path)
{
	*s = (struct secrets){.path = path,
	    .text.max = FILE_BYTES_MAX,
	    .used.max = FILE_BYTES_MAX};
}

void
secrets_free(struct secrets *s)
{
	buf_wipe(&s->text);
	buf_wipe(&s->used);
}

/* Read the whole file.  Returns NULL, or why not. */
static const char *
read_all(struct secrets *s, int fd)
{
	struct stat st;
	ssize_t n;
	char *to;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	/* The same rule as for a configuration with a password. */
	if ((st.st_mode & (st.st_uid == 0 ? 037 : 077)) != 0)
		return "others can read it: chmod 600 it, or make root its "
		       "owner with mode 640";
	if ((size_t)st.st_size >= FILE_BYTES_MAX)
		return "too long";
	while ((to = buf_reserve(&s->text, 4096)) != NULL) {
		n = read(fd, to, 4096);
		if (n == 0)
			return NULL;
		if (n == -1)
			return strerror(errno);
		s->text.len += (size_t)n;
	}
	return "out of memory, or too long";
}

int
secrets_read(struct secrets *s, char why[SECRETS_WHY_BYTES])
{
	const char *fault;
	int fd;

	if (s->is_read)
		return 0;
	if (s->path[0] == '\0') {
		snprintf(why, SECRETS_WHY_BYTES,
		    "it needs a secret, but relay_secrets is not set");
		return -1;
	}
	fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	fault = fd == -1 ? strerror(errno) : read_all(s, fd);
	if (fd != -1)
		close(fd);
	s->is_read = fault == NULL;
	if (fault == NULL)
		return 0;
	buf_wipe(&s->text);
	snprintf(why, SECRETS_WHY_BYTES,
	    "could not read relay_secrets, \"%.60s\": %.90s", s->path, fault);
	return -1;
}

/* Return the value of that name; absent if there is none. */
static struct slice
find(const struct secrets *s, struct slice name)
{
	const char *p = s->text.data, *end, *stop, *equals;
	struct slice key;

	end = p == NULL ? NULL : p + s->text.len;
	for (; p < end; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		equals = memchr(p, '=', (size_t)(stop - p));
		if (equals == NULL)
			continue;
		key = utf8_trim((struct slice){p, (size_t)(equals - p)});
		if (key.len > 0 && key.p[0] != '#' && slice_equal(key, name))
			return utf8_trim((struct slice){equals + 1,
			    (size_t)(stop - equals - 1)});
	}
	return (struct slice){NULL, 0};
}

/* Find the value of a secret, and add it to s->used. */
static int
value_of(struct secrets *s, struct slice name, struct slice *value,
    char why[SECRETS_WHY_BYTES])
{
	if (secrets_read(s, why) == -1)
		return -1;
	*value = find(s, name);
	if (value->len == 0) {
		snprintf(why, SECRETS_WHY_BYTES,
		    "relay_secrets has no secret \"%.*s\"", (int)name.len,
		    name.p);
		return -1;
	}
	buf_append(&s->used, value->p, value->len);
	buf_append(&s->used, "", 1);
	if (!s->used.failed)
		return 0;
	snprintf(why, SECRETS_WHY_BYTES, "too many secrets");
	return -1;
}

/*
 * Return NAME if text begins with {{secret.NAME}}, with *len set to the length
 * of the whole placeholder; otherwise absent.
 */
static struct slice
name_at(struct slice text, size_t *len)
{
	size_t open = sizeof(OPENS) - 1, close = sizeof(CLOSES) - 1, n = 0;

	if (text.len <= open || memcmp(text.p, OPENS, open) != 0)
		return (struct slice){NULL, 0};
	while (open + n < text.len && text.p[open + n] != '\0' &&
	    strchr(NAME_BYTES, text.p[open + n]) != NULL)
		n++;
	if (n == 0 || n > SECRETS_NAME_MAX || text.len - open - n < close ||
	    memcmp(text.p + open + n, CLOSES, close) != 0)
		return (struct slice){NULL, 0};
	*len = open + n + close;
	return (struct slice){text.p + open, n};
}

int
secrets_fill(struct secrets *s, struct slice text, struct buf *out,
    char why[SECRETS_WHY_BYTES])
{
	struct slice name, value;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i += len) {
		name = name_at((struct slice){text.p + i, text.len - i}, &len);
		if (name.p == NULL) {
			buf_append(out, text.p + i, 1);
			len = 1;
			continue;
		}
		if (value_of(s, name, &value, why) == -1)
			return -1;
		buf_append(out, value.p, value.len);
	}
	if (!out->failed)
		return 0;
	snprintf(why, SECRETS_WHY_BYTES, "too long with its secrets");
	return -1;
}

/* A body, and the places in it. */
struct places {
	struct buf body, paths, own; /* own: the pointers, decoded */
	struct pointer_node nodes[NODES_MAX];
	struct pointer_set set;
	struct json_value values[NODES_MAX];
	struct slice found[SECRETS_PATHS_MAX]; /* in the order of the body */
	size_t n;
};

/* Parse the array of pointers.  Returns NULL, or what is wrong. */
static const char *
add_pointers(struct places *p, int targets[SECRETS_PATHS_MAX], size_t *n)
{
	struct decoder decoder = {.own = &p->own};
	struct json_value list;
	struct json_member m;
	const char *why = NULL;
	struct slice rest, text;
	char *copy;
	size_t at;

	if (json_scan(&list, p->paths.data, p->paths.len, &why, &at) !=
		OUTCOME_OK ||
	    list.type != JSON_ARRAY)
		return "secret_paths is not an array";
	rest = list.text;
	while (why == NULL && json_next(&rest, &m)) {
		text = m.value.type == JSON_STRING
		    ? decode_string(&decoder,
			  (struct slice){m.value.text.p + 1,
			      m.value.text.len - 2})
		    : (struct slice){NULL, 0};
		copy = buf_reserve(&p->own, text.len + 1);
		if (text.len == 0 || text.p[0] != '/' || copy == NULL ||
		    *n == SECRETS_PATHS_MAX) {
			why = "secret_paths has no such pointer";
			break;
		}
		memcpy(copy, text.p + 1, text.len - 1);
		p->own.len += text.len - 1;
		targets[*n] = pointer_add(&p->set, 0, copy, text.len - 1, &why);
		*n += targets[*n] == -1 ? 0 : 1;
	}
	decode_free(&decoder);
	return why;
}

static int
by_place(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return x->p < y->p ? -1 : x->p > y->p;
}

/* Find the strings at the pointers.  Returns NULL, or what is wrong. */
static const char *
find_places(struct places *p)
{
	int targets[SECRETS_PATHS_MAX] = {0};
	struct json_value top;
	const char *why;
	size_t at;

	p->set = (struct pointer_set){p->nodes, 0, NODES_MAX};
	/* Reserve room for all pointers: the set keeps their addresses. */
	if (pointer_root(&p->set) == -1 || p->paths.failed || p->body.failed ||
	    buf_reserve(&p->own, 4 * p->paths.len + SECRETS_PATHS_MAX) == NULL)
		return "out of memory, or too long";
	why = add_pointers(p, targets, &p->n);
	if (why != NULL)
		return why;
	if (p->body.len == 0 ||
	    json_scan(&top, p->body.data, p->body.len, &why, &at) != OUTCOME_OK)
		return "the body is not JSON";
	pointer_find(&p->set, 0, top, p->values);
	for (size_t i = 0; i < p->n; i++) {
		if (p->values[targets[i]].type != JSON_STRING)
			return "secret_paths leads to no string";
		p->found[i] = p->values[targets[i]].text;
	}
	qsort(p->found, p->n, sizeof(p->found[0]), by_place);
	return NULL;
}

/* Copy the body, the strings found replaced by values. */
static int
copy_filled(struct secrets *s, const struct places *p, struct buf *out,
    char why[SECRETS_WHY_BYTES])
{
	const char *from = p->body.data, *end = from + p->body.len;
	struct slice inner, name, value;
	size_t len = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->found[i].p < from) /* named twice */
			continue;
		inner = (struct slice){p->found[i].p + 1, p->found[i].len - 2};
		name = name_at(inner, &len);
		if (name.p == NULL || len != inner.len) {
			snprintf(why, SECRETS_WHY_BYTES,
			    "secret_paths leads to no {{secret.NAME}}");
			return -1;
		}
		if (value_of(s, name, &value, why) == -1)
			return -1;
		buf_append(out, from, (size_t)(p->found[i].p - from));
		json_quote(out, value);
		from = p->found[i].p + p->found[i].len;
	}
	buf_append(out, from, (size_t)(end - from));
	if (!out->failed)
		return 0;
	snprintf(why, SECRETS_WHY_BYTES, "too long with its secrets");
	return -1;
}

int
secrets_fill_body(struct secrets *s, struct slice body, struct slice paths,
    struct buf *out, char why[SECRETS_WHY_BYTES])
{
	struct places *p;
	const char *fault;
	int rc = -1;

	/* Most bodies name no secret, and some are not JSON. */
	if (paths.p == NULL || slice_equal(paths, SLICE("[]"))) {
		buf_append(out, body.p, body.len);
		if (!out->failed)
			return 0;
		snprintf(why, SECRETS_WHY_BYTES, "too long");
		return -1;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		snprintf(why, SECRETS_WHY_BYTES, "out of memory");
		return -1;
	}
	p->body.max = BODY_BYTES_MAX;
	p->paths.max = PATHS_BYTES_MAX;
	p->own.max = 5 * PATHS_BYTES_MAX;
	buf_append(&p->body, body.p, body.len);
	buf_append(&p->paths, paths.p, paths.len);
	fault = find_places(p);
	if (fault == NULL)
		rc = copy_filled(s, p, out, why);
	else
		snprintf(why, SECRETS_WHY_BYTES, "%s", fault);
	buf_free(&p->body);
	buf_free(&p->paths);
	buf_free(&p->own);
	free(p);
	return rc;
}
