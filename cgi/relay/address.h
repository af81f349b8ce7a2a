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
	ADDRESS_PRIVATE, /* loopback, and the private ranges of a site */
	ADDRESS_FORBIDDEN /* link-local, multicast, reserved: not a server's */
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

/* Fill in allow from conf.  Returns 0, or -1 with why set. */
int address_allow_read(struct address_allow *allow, const struct conf *conf,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Parse networks such as 10.1.0.0/16 or fd00::/8, and single addresses,
 * separated by commas or white space.  Bits after the prefix must be zero.
 * Returns 0, or -1 with why set.
 */
int address_allow_parse(struct address_allow *allow, const char *text,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Classify a resolved address.  An IPv4-mapped or -compatible, NAT64, 6to4 or
 * Teredo address has the class of the IPv4 address inside, if that is more
 * restricted.  Any other address family is forbidden.
 */
enum address_class address_judge(const struct sockaddr *a);

/*
 * Return whether the relay may connect to a: it may if a is public, if a is
 * private and a network of allow contains it, or if a is forbidden and allow
 * names a network within the same forbidden range, so that 0.0.0.0/0 opens
 * none of these.  Otherwise why names the address and the line of the
 * configuration that would allow it.
 */
bool address_is_allowed(const struct address_allow *allow,
    const struct sockaddr *a, char why[ADDRESS_WHY_BYTES]);

/*
 * As address_is_allowed(), for an address to which a URL resolves: if is_plain
 * (no TLS), a public address also needs plain_http.  If a proxy connects, every
 * address is allowed.
 */
bool address_may_connect(const struct address_allow *allow,
    const struct sockaddr *a, bool is_plain, char why[ADDRESS_WHY_BYTES]);

/*
 * Resolve the host of a URL, in any notation that a resolver accepts, like
 * 127.1 or 2130706433.  Return false if the relay may connect to none of its
 * addresses; why is then about the first.  A host that cannot be resolved is
 * allowed, since each address is checked again at connection time.  If a proxy
 * connects, only the scheme is checked.
 */
bool address_is_url_allowed(const struct address_allow *allow, const char *url,
    char why[ADDRESS_WHY_BYTES]);

#endif
