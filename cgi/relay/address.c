/* SPDX-License-Identifier: ISC */
#include "relay/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#define SEPARATORS ", \t"
#define IPV4_BITS 96 /* before an IPv4 address that is kept as IPv6 */
#define ALL 128

/*
 * What is not public (RFC 6890 and its registries); the first range that holds
 * an address counts.
 */
static const struct range {
	enum address_class class;
	struct address_network network;
} ranges[] = {
#define IPV4(a, b, c, d, n)                                                    \
	{                                                                      \
		{[10] = 0xff, 0xff, a, b, c, d}, IPV4_BITS + (n)               \
	}
    {ADDRESS_PRIVATE, IPV4(127, 0, 0, 0, 8)},
    {ADDRESS_PRIVATE, IPV4(10, 0, 0, 0, 8)},
    {ADDRESS_PRIVATE, IPV4(172, 16, 0, 0, 12)},
    {ADDRESS_PRIVATE, IPV4(192, 168, 0, 0, 16)},
    {ADDRESS_PRIVATE, IPV4(100, 64, 0, 0, 10)},
    {ADDRESS_FORBIDDEN, IPV4(0, 0, 0, 0, 8)},
    {ADDRESS_FORBIDDEN, IPV4(169, 254, 0, 0, 16)},
    {ADDRESS_FORBIDDEN, IPV4(192, 0, 0, 0, 24)},
    {ADDRESS_FORBIDDEN, IPV4(224, 0, 0, 0, 4)},
    {ADDRESS_FORBIDDEN, IPV4(240, 0, 0, 0, 4)},
#undef IPV4
    {ADDRESS_PRIVATE, {{[15] = 1}, ALL}}, /* ::1 */
    {ADDRESS_FORBIDDEN, {{0}, ALL}}, /* :: */
    {ADDRESS_PRIVATE, {{0xfc}, 7}}, /* fc00::/7 */
    {ADDRESS_PRIVATE, {{0xfe, 0xc0}, 10}}, /* fec0::/10, once site-local */
    {ADDRESS_FORBIDDEN, {{0xfe, 0x80}, 10}}, /* fe80::/10 */
    {ADDRESS_FORBIDDEN, {{0xff}, 8}}, /* ff00::/8 */
    /* 64:ff9b:1::/48: the NAT64 of a site (RFC 8215) */
    {ADDRESS_PRIVATE, {{0, 0x64, 0xff, 0x9b, 0, 1}, 48}},
};

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

/* IPv6 prefixes under which an IPv4 address is embedded, and where. */
static const struct carrier {
	struct address_network network;
	int at; /* its first byte */
	unsigned char mask; /* its bytes are XORed with this */
} carriers[] = {
    {{{0}, 96}, 12, 0}, /* ::a.b.c.d, IPv4-compatible */
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12, 0}, /* 64:ff9b::/96, NAT64 */
    {{{0x20, 0x02}, 16}, 2, 0}, /* 2002::/16, 6to4 */
    {{{0x20, 0x01}, 32}, 4, 0}, /* 2001::/32, Teredo: the server */
    {{{0x20, 0x01}, 32}, 12, 0xff}, /* and the client, inverted */
};

#define CARRIERS (sizeof(carriers) / sizeof(carriers[0]))

static bool
is_in(const struct address_network *net, const unsigned char ip[16])
{
	int whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->ip, ip, (size_t)whole) != 0)
		return false;
	return rest == 0 || (net->ip[whole] ^ ip[whole]) >> (8 - rest) == 0;
}

/* Write an IPv4 address as ::ffff:a.b.c.d. */
static void
map(unsigned char ip[16], const void *ipv4)
{
	memset(ip, 0, 10);
	memset(ip + 10, 0xff, 2);
	memcpy(ip + 12, ipv4, 4);
}

/* Read an address as IPv6.  Returns false if it is neither IPv4 nor IPv6. */
static bool
read_ip(unsigned char ip[16], const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		map(ip,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr);
	else if (a->sa_family == AF_INET6)
		memcpy(ip,
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		    16);
	else
		return false;
	return true;
}

/* Return the range that holds ip; NULL if it is public. */
static const struct range *
range_of(const unsigned char ip[16])
{
	for (const struct range *r = ranges; r < ranges + RANGES; r++)
		if (is_in(&r->network, ip))
			return r;
	return NULL;
}

/*
 * Return the most restricted range of the address and of those embedded in it,
 * with ip set to the address that lies in it.  Returns NULL if all are public.
 */
static const struct range *
worst(unsigned char ip[16])
{
	const struct range *found = range_of(ip), *r;
	unsigned char whole[16], inner[16], ipv4[4];

	memcpy(whole, ip, 16);
	if (found != NULL) /* such as ::1, in which no address is embedded */
		return found;
	for (size_t i = 0; i < CARRIERS; i++) {
		if (!is_in(&carriers[i].network, whole))
			continue;
		for (int n = 0; n < 4; n++)
			ipv4[n] = whole[carriers[i].at + n] ^ carriers[i].mask;
		map(inner, ipv4);
		r = range_of(inner);
		if (r != NULL && (found == NULL || r->class > found->class)) {
			found = r;
			memcpy(ip, inner, 16);
		}
	}
	return found;
}

enum address_class
address_judge(const struct sockaddr *a)
{
	const struct range *r;
	unsigned char ip[16];

	if (!read_ip(ip, a))
		return ADDRESS_FORBIDDEN;
	r = worst(ip);
	return r == NULL ? ADDRESS_PUBLIC : r->class;
}

static bool
is_named(const struct address_allow *allow, const struct range *r,
    const unsigned char ip[16])
{
	for (size_t i = 0; i < allow->n; i++) {
		const struct address_network *net = &allow->networks[i];

		if (is_in(net, ip) &&
		    (r->class != ADDRESS_FORBIDDEN ||
			(net->bits >= r->network.bits &&
			    is_in(&r->network, net->ip))))
			return true;
	}
	return false;
}

/* Format an address in its usual notation: IPv4 without ::ffff: . */
static void
format(const unsigned char ip[16], char text[INET6_ADDRSTRLEN])
{
	unsigned char mapped[16];

	map(mapped, ip + 12);
	if (memcmp(mapped, ip, 16) == 0)
		inet_ntop(AF_INET, ip + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, ip, text, INET6_ADDRSTRLEN);
}

bool
address_is_allowed(const struct address_allow *allow, const struct sockaddr *a,
    char why[ADDRESS_WHY_BYTES])
{
	char text[INET6_ADDRSTRLEN];
	const struct range *r;
	unsigned char ip[16];

	why[0] = '\0';
	if (!read_ip(ip, a)) {
		snprintf(why, ADDRESS_WHY_BYTES,
		    "the address is neither IPv4 nor IPv6");
		return false;
	}
	r = worst(ip);
	if (r == NULL || is_named(allow, r, ip))
		return true;
	format(ip, text);
	snprintf(why, ADDRESS_WHY_BYTES,
	    "%s is %s: it needs relay_allow = %s in the configuration", text,
	    r->class == ADDRESS_PRIVATE ? "private"
					: "link-local, multicast or reserved",
	    text);
	return false;
}

/* Parse an address; returns its length in bits, or -1. */
static int
read_address(unsigned char ip[16], const char *text)
{
	unsigned char ipv4[4];

	if (inet_pton(AF_INET, text, ipv4) == 1) {
		map(ip, ipv4);
		return ALL - IPV4_BITS;
	}
	return inet_pton(AF_INET6, text, ip) == 1 ? ALL : -1;
}

/* Return why the word is not a network, or NULL. */
static const char *
read_network(struct address_network *net, char *word)
{
	char *slash = strchr(word, '/'), *end;
	int size, bits;

	if (slash != NULL)
		*slash = '\0';
	size = read_address(net->ip, word);
	if (size == -1)
		return "not an address";
	bits = size;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9' || strlen(slash) > 4)
			return "invalid prefix length";
		bits = (int)strtol(slash + 1, &end, 10);
		if (*end != '\0' || bits > size)
			return "invalid prefix length";
	}
	net->bits = ALL - size + bits;
	for (int i = net->bits; i < ALL; i++)
		if ((net->ip[i / 8] >> (7 - i % 8) & 1) != 0)
			return "has bits after its prefix";
	return NULL;
}

int
address_allow_read(struct address_allow *allow, const struct conf *conf,
    char why[ADDRESS_WHY_BYTES])
{
	char fault[ADDRESS_WHY_BYTES];

	*allow = (struct address_allow){.plain_http = conf->relay_plain_http,
	    .is_proxied = conf->relay_proxy[0] != '\0'};
	if (address_allow_parse(allow, conf->relay_allow, fault) == 0)
		return 0;
	snprintf(why, ADDRESS_WHY_BYTES, "relay_allow: %.160s", fault);
	return -1;
}

int
address_allow_parse(struct address_allow *allow, const char *text,
    char why[ADDRESS_WHY_BYTES])
{
	const char *fault = NULL;
	char word[INET6_ADDRSTRLEN + 4];
	size_t len;

	allow->n = 0;
	for (text += strspn(text, SEPARATORS); *text != '\0' && fault == NULL;
	     text += strspn(text, SEPARATORS)) {
		len = strcspn(text, SEPARATORS);
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (len >= sizeof(word))
			fault = "not an address";
		else if (allow->n == ADDRESS_ALLOW_MAX)
			fault = "too many networks";
		else
			fault =
			    read_network(&allow->networks[allow->n++], word);
		if (fault != NULL)
			snprintf(why, ADDRESS_WHY_BYTES, "\"%.*s\": %s",
			    len < sizeof(word) ? (int)len : (int)sizeof(word),
			    text, fault);
		text += len;
	}
	return fault == NULL ? 0 : -1;
}

bool
address_may_connect(const struct address_allow *allow, const struct sockaddr *a,
    bool is_plain, char why[ADDRESS_WHY_BYTES])
{
	if (allow->is_proxied)
		return true;
	if (!address_is_allowed(allow, a, why))
		return false;
	if (!is_plain || allow->plain_http ||
	    address_judge(a) != ADDRESS_PUBLIC)
		return true;
	snprintf(why, ADDRESS_WHY_BYTES,
	    "http:// to a public address: it needs relay_plain_http = yes in "
	    "the configuration, or better https://");
	return false;
}

/* Return whether the relay may connect to at least one of these. */
static bool
may_connect_to_one(const struct address_allow *allow,
    const struct addrinfo *found, bool is_plain, char why[ADDRESS_WHY_BYTES])
{
	char other[ADDRESS_WHY_BYTES];

	if (address_may_connect(allow, found->ai_addr, is_plain, why))
		return true;
	while ((found = found->ai_next) != NULL)
		if (address_may_connect(allow, found->ai_addr, is_plain, other))
			return true;
	return false;
}

bool
address_is_url_allowed(const struct address_allow *allow, const char *url,
    char why[ADDRESS_WHY_BYTES])
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const char *host = strstr(url, "://"), *ends = "/?#:";
	bool is_plain = strncasecmp(url, "http://", 7) == 0, is_allowed;
	struct addrinfo *found = NULL;
	char text[256];

	why[0] = '\0';
	if (allow->is_proxied) {
		if (!is_plain || allow->plain_http)
			return true;
		snprintf(why, ADDRESS_WHY_BYTES, "%s", ADDRESS_PLAIN);
		return false;
	}
	host = host == NULL ? url : host + 3;
	if (host[0] == '[') {
		ends = "]";
		host++;
	}
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(host, ends), host);
	if (text[0] == '\0' || getaddrinfo(text, NULL, &hints, &found) != 0)
		return true;
	is_allowed = may_connect_to_one(allow, found, is_plain, why);
	freeaddrinfo(found);
	return is_allowed;
}
