/* SPDX-License-Identifier: ISC */
#include "json/pointer.h"

#include "tap.h"

/* Single quotes stand for double ones, so that JSON stays readable. */
static const struct {
	const char *json, *pointer;
	const char *want; /* NULL: nothing */
	const char *name;
} cases[] = {
    {"{'a':1}", "", "{'a':1}", "an empty pointer is the whole"},
    {"{'a':1}", "a", "1", "a member"},
    {"{'a':{'b':[1,{'c':2}]}}", "a/b/1/c", "2", "a path through an array"},
    {"{'a':1,'a':2}", "a", "2", "of equal keys the last counts"},
    {"{'a':{'b':1},'a':{'c':2}}", "a/b", NULL, "with all that is below it"},
    {"{'a':{'b':1},'a':7}", "a/b", NULL, "whatever it is"},
    {"{'a/b':1,'m~n':2}", "a~1b", "1", "~1 is a slash"},
    {"{'a/b':1,'m~n':2}", "m~0n", "2", "~0 is a tilde"},
    {"{'a~1b':3}", "a~01b", "3", "~01 is a tilde and a 1"},
    {"{'':1}", "/", NULL, "two empty names are two steps"},
    {"{'':{'':1}}", "/", "1", "which lead somewhere"},
    {"{'a':'x'}", "a/0", NULL, "a string has no elements"},
    {"[1,2]", "2", NULL, "beyond an array is nothing"},
    {"[1,2]", "01", NULL, "an index has no leading zero"},
    {"[1,2]", "-", NULL, "- is no element"},
    {"[1,2]", "99999999999999999999", NULL, "nor is a number so large"},
    {"{'1':5}", "1", "5", "a digit may be a key"},
    {"{'\\u0061\\/':1}", "a~1", "1", "an escaped key is decoded"},
    {"{'\\ud83d\\ude00':1}", "\xf0\x9f\x98\x80", "1", "a pair, too"},
    {"{'\\u00e9':1}", "\xc3\xa9", "1", "two bytes"},
    {"{'\\u20ac':1}", "\xe2\x82\xac", "1", "three bytes"},
    {"{'\\n':1}", "n", NULL, "an escape is not its letter"},
    {"{'ab':1}", "a", NULL, "a longer key is another"},
    {"{ 'a' : [ 1 , 2 ] }", "a/1", "2", "white space does not matter"},
};

static void
swap_quotes(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; from[i] != '\0' && i + 1 < size; i++)
		to[i] = from[i] == '\'' ? '"' : from[i];
	to[i] = '\0';
}

static void
check(size_t c)
{
	struct pointer_node nodes[16];
	struct json_value values[16], top;
	struct pointer_set set = {nodes, 0, 16};
	char json[200], pointer[100], want[200];
	const char *why;
	size_t at;
	int node;

	swap_quotes(json, cases[c].json, sizeof(json));
	swap_quotes(pointer, cases[c].pointer, sizeof(pointer));
	if (json_scan(&top, json, strlen(json), &why, &at) != OUTCOME_OK) {
		ok(false, why);
		return;
	}
	node = pointer_add(&set, pointer_root(&set), pointer, strlen(pointer),
	    &why);
	pointer_find(&set, 0, top, values);
	if (cases[c].want == NULL) {
		ok(node > 0 && values[node].type == JSON_NULL, cases[c].name);
		return;
	}
	swap_quotes(want, cases[c].want, sizeof(want));
	is_bytes(values[node].text.p, values[node].text.len, want,
	    cases[c].name);
}

static void
test_sharing(void)
{
	struct pointer_node nodes[5];
	struct json_value values[5], top;
	struct pointer_set set = {nodes, 0, 5};
	char one[] = "a/b", two[] = "a/c", same[] = "a/b", more[] = "d/e";
	char json[] = "{\"a\":{\"b\":1,\"c\":2},\"x\":[3]}";
	const char *why;
	int root = pointer_root(&set), b, c;
	size_t at;

	b = pointer_add(&set, root, one, 3, &why);
	c = pointer_add(&set, root, two, 3, &why);
	is_int(set.n, 4, "pointers share their steps");
	is_int(pointer_add(&set, root, same, 3, &why), b,
	    "the same pointer is the same node");
	is_int(pointer_add(&set, root, more, 3, &why), -1, "a set has a limit");
	is_str(why, "too many pointers", "which is named");
	json_scan(&top, json, strlen(json), &why, &at);
	pointer_find(&set, root, top, values);
	is_bytes(values[b].text.p, values[b].text.len, "1", "one walk");
	is_bytes(values[c].text.p, values[c].text.len, "2", "finds them all");
	top.type = JSON_NULL;
	pointer_find(&set, root, top, values);
	ok(values[b].type == JSON_NULL && values[c].type == JSON_NULL,
	    "a second walk forgets the first");
}

static void
test_faults(void)
{
	struct pointer_node nodes[16];
	struct pointer_set set = {nodes, 0, 16};
	char tilde[] = "a~2", end[] = "a~", back[] = "a\\b";
	char deep[] = "1/2/3/4/5/6/7/8/9";
	const char *why = NULL;
	int root = pointer_root(&set);

	is_int(pointer_add(&set, root, tilde, 3, &why), -1, "~2 is no escape");
	is_str(why, "~ must be written as ~0", "and it says so");
	is_int(pointer_add(&set, root, end, 2, &why), -1, "nor is ~ alone");
	is_int(pointer_add(&set, root, back, 3, &why), -1, "no backslash");
	is_int(pointer_add(&set, root, deep, strlen(deep), &why), -1,
	    "no more than 8 steps");
	is_str(why, "a pointer of more than 8 steps", "and it says so");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	test_sharing();
	test_faults();
	return done_testing();
}
