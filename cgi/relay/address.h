/* SPDX-License-Identifier: ISC */
#ifndef RELAY_ADDRESS_H
#define RELAY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

#include "conf/conf.h"

#define ADDRESS_WHY_BYTES 192
#define ADDRESS_ALLOW_MAX 64 /* networks in a list */

/* Why http:// is refused where its address is not known, as behind a proxy. */
#define ADDRESS_PLAIN                                                          \
	"http:// needs relay_plain_http = yes in the configuration"

enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_PRIVATE, /* loopback, and what a site numbers itself */
	ADDRESS_FORBIDDEN /* link-local, multicast, reserved: no web server */
};

/* IPv4 networks are kept as those of ::ffff:0:0/96. */
struct address_network {
	unsigned char ip[16];
	int bits;
};

/* What the configuration allows. */
struct address_allow {
	struct address_network networks[ADDRESS_ALLOW_MAX]; /* relay_allow */
	size_t n;
	bool plain_http; /* to public addresses: relay_plain_http */
	bool is_proxied; /* relay_proxy connects, and judges addresses */
};

/* Read all of it from conf.  Returns 0, or -1 with why set. */
int address_allow_read(struct address_allow *allow, const struct conf *conf,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Parse networks such as 10.1.0.0/16 or fd00::/8, and single addresses, parted
 * by commas or white space.  Bits after the prefix must be zero.  Returns 0,
 * or -1 with why set.
 */
int address_allow_parse(struct address_allow *allow, const char *text,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Judge a resolved address.  An IPv4-mapped or -compatible, NAT64, 6to4 or
 * Teredo address counts as the IPv4 address inside, if that is worse.  What
 * is neither IPv4 nor IPv6 is forbidden.
 */
enum address_class address_judge(const struct sockaddr *a);

/*
 * Return whether the relay may connect: to a public address, to a private one
 * in a network of allow, to a forbidden one only if allow names a network that
 * lies in the very range which is forbidden, so that 0.0.0.0/0 opens none.
 * If not, why names the address and the line of the configuration that would
 * allow it.
 */
bool address_is_allowed(const struct address_allow *allow,
    const struct sockaddr *a, char why[ADDRESS_WHY_BYTES]);

/*
 * The same for an address that a URL leads to: without TLS, is_plain, a public
 * one needs plain_http.  Behind a proxy all are allowed.
 */
bool address_may_connect(const struct address_allow *allow,
    const struct sockaddr *a, bool is_plain, char why[ADDRESS_WHY_BYTES]);

/*
 * Judge what the host of a URL leads to by now, in any notation that a
 * resolver takes, like 127.1 or 2130706433: false if the relay may connect to
 * none of its addresses, with why of the first.  One that cannot be resolved
 * is allowed, since all are judged again when a connection is made.  Behind a
 * proxy only the scheme is judged.
 */
bool address_is_url_allowed(const struct address_allow *allow, const char *url,
    char why[ADDRESS_WHY_BYTES]);

#endif
