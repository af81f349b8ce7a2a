/* SPDX-License-Identifier: ISC */
#ifndef RELAY_ADDRESS_H
#define RELAY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

#define ADDRESS_WHY_BYTES 192
#define ADDRESS_ALLOW_MAX 64 /* networks in a list */

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

/* The networks that the key relay_allow names. */
struct address_allow {
	struct address_network networks[ADDRESS_ALLOW_MAX];
	size_t n;
};

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
 * Judge the address in a URL so, if its host is one in any notation that a
 * resolver takes, like 127.1 or 2130706433.  A name is allowed: what it leads
 * to is judged when the relay has resolved it.
 */
bool address_is_url_allowed(const struct address_allow *allow, const char *url,
    char why[ADDRESS_WHY_BYTES]);

#endif
