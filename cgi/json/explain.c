/* SPDX-License-Identifier: ISC */
#include "json/explain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json/lexer.h"

/* What texts of other formats begin with. */
static const struct {
	struct slice begin;
	const char *slip;
} beginnings[] = {
    {{"\x1f\x8b", 2}, "it is compressed with gzip; send it as it is"},
    {{"\x28\xb5\x2f\xfd", 4}, "it is compressed with zstd; send it as it is"},
    {{"\x78\x01", 2}, "it is compressed with zlib; send it as it is"},
    {{"\x78\x9c", 2}, "it is compressed with zlib; send it as it is"},
    {{"\x78\xda", 2}, "it is compressed with zlib; send it as it is"},
    {{"\xff\xfe", 2}, "it is UTF-16; send UTF-8"},
    {{"\xfe\xff", 2}, "it is UTF-16; send UTF-8"},
    {{"\xef\xbb\xbf", 3}, "send it without the byte order mark"},
    {{"<", 1}, "it looks like XML or HTML"},
    {{"--", 2}, "it looks like a form; send JSON alone"},
};

/* Words of other languages where JSON has a value. */
static const struct {
	struct slice word;
	const char *slip;
} words[] = {
    {{"True", 4}, "write true"},
    {{"TRUE", 4}, "write true"},
    {{"False", 5}, "write false"},
    {{"FALSE", 5}, "write false"},
    {{"None", 4}, "write null"},
    {{"NULL", 4}, "write null"},
    {{"nil", 3}, "write null"},
    {{"undefined", 9}, "write null"},
    {{"NaN", 3}, "JSON has no NaN; write null"},
    {{"nan", 3}, "JSON has no NaN; write null"},
    {{"Infinity", 8}, "JSON has no infinity; write null"},
    {{"inf", 3}, "JSON has no infinity; write null"},
};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '-';
}

static bool
begins(struct slice text, struct slice with)
{
	return text.len >= with.len && memcmp(text.p, with.p, with.len) == 0;
}

/* The slip of a text as a whole. */
static const char *
slip_of_all(struct slice text, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (begins(text, beginnings[i].begin))
			return beginnings[i].slip;
	if (text.len >= 2 && (text.p[0] == '\0' || text.p[1] == '\0'))
		return "it is UTF-16; send UTF-8";
	while (n < text.len && (is_word(text.p[n]) || text.p[n] == '['))
		n++;
	if (at == 0 && n > 0 && n < text.len && text.p[n] == '=')
		return "it looks like a form; send JSON";
	return NULL;
}

/*
 * The slip of a word where JSON has none; prev is the last byte before it that
 * is not white space.
 */
static const char *
slip_of_word(struct slice rest, char prev)
{
	const char *end = rest.p + rest.len, *p = rest.p;
	size_t n = 0;

	while (n < rest.len && is_word(rest.p[n]))
		n++;
	p = lexer_after_white(p + n, end);
	if ((prev == '{' || prev == ',') && p < end && *p == ':')
		return "put the key in double quotes";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (n == words[i].word.len && begins(rest, words[i].word))
			return words[i].slip;
	if (prev == ':' && (rest.p[0] < '0' || rest.p[0] > '9'))
		return "put text in double quotes";
	return NULL;
}

/* The slip of bytes beyond ASCII. */
static const char *
slip_of_high(struct slice rest)
{
	if (begins(rest, SLICE("\xe2\x80\x9c")) ||
	    begins(rest, SLICE("\xe2\x80\x9d")) ||
	    begins(rest, SLICE("\xe2\x80\x9e")) ||
	    begins(rest, SLICE("\xe2\x80\x98")) ||
	    begins(rest, SLICE("\xe2\x80\x99")))
		return "use straight double quotes, not typographic ones";
	if (begins(rest, SLICE("\xc2\xa0")))
		return "it is a no-break space; use a plain one";
	return NULL;
}

/* The slip at any other byte. */
static const char *
slip_of_sign(char c, char next, char prev)
{
	switch (c) {
	case '\'':
		return "use double quotes, not single ones";
	case '}':
	case ']':
	case ',':
		if (prev == ':')
			return "a value is missing; was a variable empty?";
		if (prev == ',')
			return "remove the comma before it";
		return NULL;
	case '/':
	case '#':
		return "JSON has no comments";
	case '\\':
		if (next == '"')
			return "outside a string, a quote has no backslash";
		return "write a backslash in a string as \\\\";
	case '\n':
	case '\r':
		return "write a line break in a string as \\n";
	case '\t':
		return "write a tab in a string as \\t";
	case '{':
	case '%':
		if (prev == '{' || c == '%')
			return "is it a template that was not filled in?";
		if (prev == '}')
			return "send several events as one array";
		return NULL;
	default:
		return NULL;
	}
}

const char *
json_slip(struct slice text, size_t at)
{
	const char *slip = slip_of_all(text, at);
	struct slice rest;
	size_t before = at;
	char prev, c;

	if (slip != NULL || text.len == 0)
		return slip;
	if (at == text.len)
		return "was it cut short?";
	rest = (struct slice){text.p + at, text.len - at};
	while (before > 0 && lexer_is_white(text.p[before - 1]))
		before--;
	prev = before > 0 ? text.p[before - 1] : '\0';
	c = rest.p[0];
	if (is_word(c) && prev == '"' && before == at)
		return "write a double quote in a string as \\\"";
	if ((c & 0x80) != 0)
		return slip_of_high(rest);
	if (is_word(c) && c != '-')
		return slip_of_word(rest, prev);
	return slip_of_sign(c, rest.len > 1 ? rest.p[1] : '\0', prev);
}

void
json_explain(char to[JSON_EXPLAIN_BYTES], struct slice text, const char *why,
    size_t at)
{
	const char *slip = json_slip(text, at);
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		} else if ((text.p[i] & 0xc0) != 0x80)
			column++;
	}
	snprintf(to, JSON_EXPLAIN_BYTES,
	    "%s at line %zu, column %zu (offset %zu)%s%s", why, line, column,
	    at, slip == NULL ? "" : ": ", slip == NULL ? "" : slip);
}
