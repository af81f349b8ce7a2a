/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "relay/address.h"
#include "tap.h"

static struct sockaddr *
address(const char *text)
{
	static union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;

	memset(&a, 0, sizeof(a));
	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
		a.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1)
		a.any.sa_family = AF_INET6;
	else
		abort();
	return &a.any;
}

/* The first and the last address of each range, and their neighbours. */
static const struct {
	const char *text;
	enum address_class class;
} classes[] = {
    {"0.0.0.0", ADDRESS_FORBIDDEN},
    {"0.255.255.255", ADDRESS_FORBIDDEN},
    {"1.0.0.0", ADDRESS_PUBLIC},
    {"9.255.255.255", ADDRESS_PUBLIC},
    {"10.0.0.0", ADDRESS_PRIVATE},
    {"10.255.255.255", ADDRESS_PRIVATE},
    {"11.0.0.0", ADDRESS_PUBLIC},
    {"100.63.255.255", ADDRESS_PUBLIC},
    {"100.64.0.0", ADDRESS_PRIVATE},
    {"100.127.255.255", ADDRESS_PRIVATE},
    {"100.128.0.0", ADDRESS_PUBLIC},
    {"126.255.255.255", ADDRESS_PUBLIC},
    {"127.0.0.1", ADDRESS_PRIVATE},
    {"127.255.255.255", ADDRESS_PRIVATE},
    {"128.0.0.0", ADDRESS_PUBLIC},
    {"169.253.255.255", ADDRESS_PUBLIC},
    {"169.254.0.0", ADDRESS_FORBIDDEN},
    {"169.254.169.254", ADDRESS_FORBIDDEN},
    {"169.254.255.255", ADDRESS_FORBIDDEN},
    {"169.255.0.0", ADDRESS_PUBLIC},
    {"172.15.255.255", ADDRESS_PUBLIC},
    {"172.16.0.0", ADDRESS_PRIVATE},
    {"172.31.255.255", ADDRESS_PRIVATE},
    {"172.32.0.0", ADDRESS_PUBLIC},
    {"191.255.255.255", ADDRESS_PUBLIC},
    {"192.0.0.0", ADDRESS_FORBIDDEN},
    {"192.0.0.255", ADDRESS_FORBIDDEN},
    {"192.0.1.0", ADDRESS_PUBLIC},
    {"192.167.255.255", ADDRESS_PUBLIC},
    {"192.168.0.0", ADDRESS_PRIVATE},
    {"192.168.255.255", ADDRESS_PRIVATE},
    {"192.169.0.0", ADDRESS_PUBLIC},
    {"223.255.255.255", ADDRESS_PUBLIC},
    {"224.0.0.0", ADDRESS_FORBIDDEN},
    {"239.255.255.255", ADDRESS_FORBIDDEN},
    {"240.0.0.0", ADDRESS_FORBIDDEN},
    {"255.255.255.255", ADDRESS_FORBIDDEN},
    {"::", ADDRESS_FORBIDDEN},
    {"::1", ADDRESS_PRIVATE},
    {"::2", ADDRESS_FORBIDDEN}, /* 0.0.0.2, IPv4-compatible */
    {"::127.0.0.1", ADDRESS_PRIVATE},
    {"::169.254.169.254", ADDRESS_FORBIDDEN},
    {"::8.8.8.8", ADDRESS_PUBLIC},
    {"::ffff:127.0.0.1", ADDRESS_PRIVATE},
    {"::ffff:10.1.2.3", ADDRESS_PRIVATE},
    {"::ffff:169.254.169.254", ADDRESS_FORBIDDEN},
    {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
    {"64:ff9b::7f00:1", ADDRESS_PRIVATE},
    {"64:ff9b::a9fe:a9fe", ADDRESS_FORBIDDEN},
    {"64:ff9b::808:808", ADDRESS_PUBLIC},
    {"64:ff9b:1::1", ADDRESS_PRIVATE},
    {"64:ff9b:2::7f00:1", ADDRESS_PUBLIC},
    {"2002:7f00:1::", ADDRESS_PRIVATE},
    {"2002:a9fe:a9fe::1", ADDRESS_FORBIDDEN},
    {"2002:808:808::1", ADDRESS_PUBLIC},
    {"2001:0:808:808:0:0:80ff:fffe", ADDRESS_PRIVATE}, /* of 127.0.0.1 */
    {"2001:0:808:808:0:0:5601:5601", ADDRESS_FORBIDDEN}, /* 169.254... */
    {"2001:0:a00:1:0:0:f7f7:f7f7", ADDRESS_PRIVATE}, /* server 10.0.0.1 */
    {"2001:0:a00:1:0:0:5601:5601", ADDRESS_FORBIDDEN}, /* the worse of two */
    {"2001:0:808:808:0:0:f7f7:f7f7", ADDRESS_PUBLIC},
    {"2001:1::7f00:1", ADDRESS_PUBLIC},
    {"fbff:ffff::1", ADDRESS_PUBLIC},
    {"fc00::", ADDRESS_PRIVATE},
    {"fd00::1", ADDRESS_PRIVATE},
    {"fdff:ffff::", ADDRESS_PRIVATE},
    {"fe00::", ADDRESS_PUBLIC},
    {"fe80::1", ADDRESS_FORBIDDEN},
    {"febf::1", ADDRESS_FORBIDDEN},
    {"fec0::1", ADDRESS_PRIVATE},
    {"ff02::1", ADDRESS_FORBIDDEN},
    {"2606:4700::1111", ADDRESS_PUBLIC},
};

static void
check_classes(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		is_int(address_judge(address(classes[i].text)),
		    classes[i].class, classes[i].text);
	is_int(address_judge((struct sockaddr *)&un), ADDRESS_FORBIDDEN,
	    "a local socket is no server of a webhook");
}

static const struct {
	const char *allow, *text;
	bool allowed;
	const char *name;
} allowed[] = {
    {"", "8.8.8.8", true, "a public address needs no leave"},
    {"", "10.1.2.3", false, "a private one does"},
    {"10.0.0.0/8", "10.1.2.3", true, "its network gives it"},
    {"10.1.2.3", "10.1.2.3", true, "or it by itself"},
    {"10.1.2.2", "10.1.2.3", false, "a neighbour does not"},
    {"10.1.2.2/31", "10.1.2.3", true, "a prefix may end within a byte"},
    {"10.0.0.0/8", "::ffff:10.1.2.3", true, "mapped into IPv6, it is the same"},
    {"10.0.0.0/8", "64:ff9b::a01:203", true, "and behind NAT64"},
    {"10.0.0.0/8", "192.168.1.1", false, "another private one is not meant"},
    {"0.0.0.0/0", "192.168.1.1", true, "all of IPv4 holds a private one"},
    {"0.0.0.0/0", "fd00::1", false, "but none of IPv6"},
    {"::/0", "fd00::1", true, "all of IPv6 holds that"},
    {"::/0", "10.0.0.1", true, "and, as it is kept, IPv4"},
    {"0.0.0.0/0", "169.254.169.254", false,
	"all of IPv4 does not open what is forbidden"},
    {"169.254.0.0/16", "169.254.169.254", true, "its very range does"},
    {"169.254.169.254", "169.254.169.254", true, "or the address itself"},
    {"169.254.169.254", "169.254.169.253", false, "which opens no other"},
    {"169.254.0.0/16", "::ffff:169.254.169.254", true, "mapped into IPv6, too"},
    {"::/0", "fe80::1", false, "all of IPv6 does not open link-local"},
    {"fe80::/10", "fe80::1", true, "its very range does, again"},
    {" 10.0.0.0/8,\t127.0.0.1 , ::1", "::1", true, "lists may be spaced"},
};

static void
check_allowed(void)
{
	char why[ADDRESS_WHY_BYTES];
	struct address_allow allow;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (address_allow_parse(&allow, allowed[i].allow, why) == -1)
			abort();
		is_int(address_is_allowed(&allow, address(allowed[i].text),
			   why),
		    allowed[i].allowed, allowed[i].name);
	}
	address_allow_parse(&allow, "", why);
	address_is_allowed(&allow, address("::ffff:10.1.2.3"), why);
	is_str(why,
	    "10.1.2.3 is private: it needs relay_allow = 10.1.2.3 in the "
	    "configuration",
	    "a refusal names the address and what would allow it");
	address_is_allowed(&allow, address("fe80::1"), why);
	is_str(why,
	    "fe80::1 is link-local, multicast or reserved: it needs "
	    "relay_allow = fe80::1 in the configuration",
	    "of IPv6, too");
}

/* A name that cannot be resolved, which takes no query to find out. */
#define LONG_LABEL                                                             \
	"a-label-of-a-name-that-is-longer-than-the-sixty-three-bytes-it-may-"  \
	"have.example"

static void
check_urls(void)
{
	static const struct {
		const char *url;
		bool is_allowed;
	} urls[] = {
	    {"https://example.org/", true},
	    {"https://8.8.8.8/", true},
	    {"https://8.8.8.8.example.org/", true},
	    {"https://10.0.0.1", false},
	    {"https://10.0.0.1:8443", false},
	    {"https://10.0.0.1?a=b", false},
	    {"https://10.0.0.1#a", false},
	    {"https://[fd00::1]:8443/", false},
	    {"https://[::ffff:10.0.0.1]/", false},
	    {"https://[2001:4860:4860::8888]/", true},
	    {"https://0x7f.1/", false},
	    {"https://2130706433/", false},
	    {"https://0177.0.0.1/", false},
	    {"https://172.16.3.4/", true},
	    {"https:///", true},
	    {"https://localhost/", false},
	    {"https://" LONG_LABEL "/", true},
	    {"http://" LONG_LABEL "/", true},
	    {"http://172.16.3.4/", true},
	    {"http://8.8.8.8/", false},
	    {"HTTP://8.8.8.8/", false},
	};
	char why[ADDRESS_WHY_BYTES];
	struct address_allow allow = {.plain_http = false};

	address_allow_parse(&allow, "172.16.0.0/16", why);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		is_int(address_is_url_allowed(&allow, urls[i].url, why),
		    urls[i].is_allowed, urls[i].url);
	address_is_url_allowed(&allow, "https://127.1/", why);
	is_str(why,
	    "127.0.0.1 is private: it needs relay_allow = 127.0.0.1 in the "
	    "configuration",
	    "why not");
	address_is_url_allowed(&allow, "http://8.8.8.8/", why);
	is_str(why,
	    "http:// to a public address: it needs relay_plain_http = yes in "
	    "the configuration, or better https://",
	    "nor without TLS, and why");
	allow.plain_http = true;
	ok(address_is_url_allowed(&allow, "http://8.8.8.8/", why),
	    "but if that is allowed");
	ok(!address_is_url_allowed(&allow, "http://127.0.0.1/", why),
	    "which opens nothing private");
}

/* A proxy connects in our place. */
static void
check_proxied(void)
{
	static char none[] = "", proxy[] = "http://192.0.2.1";
	struct conf conf = {.relay_allow = none, .relay_proxy = proxy};
	struct address_allow allow;
	char why[ADDRESS_WHY_BYTES];

	is_int(address_allow_read(&allow, &conf, why), 0,
	    "a configuration is read");
	ok(address_is_url_allowed(&allow, "https://10.0.0.1/", why),
	    "what a proxy connects to is its own affair");
	ok(!address_is_url_allowed(&allow, "http://10.0.0.1/", why),
	    "but not without TLS");
	is_str(why, ADDRESS_PLAIN, "and why");
	conf.relay_plain_http = true;
	address_allow_read(&allow, &conf, why);
	ok(address_is_url_allowed(&allow, "http://10.0.0.1/", why),
	    "unless that is allowed");
	conf.relay_allow = (char[]){"10.1.2.3/8"};
	is_int(address_allow_read(&allow, &conf, why), -1,
	    "one that is broken is not");
	is_str(why, "relay_allow: \"10.1.2.3/8\": has bits after its prefix",
	    "and why");
}

static void
check_parse(void)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
	    {"10.0.0.1/8", "\"10.0.0.1/8\": has bits after its prefix"},
	    {"10.0.0.0/33", "\"10.0.0.0/33\": invalid prefix length"},
	    {"10.0.0.0/", "\"10.0.0.0/\": invalid prefix length"},
	    {"10.0.0.0/-1", "\"10.0.0.0/-1\": invalid prefix length"},
	    {"10.0.0.0/8x", "\"10.0.0.0/8x\": invalid prefix length"},
	    {"10.0.0.0/1111", "\"10.0.0.0/1111\": invalid prefix length"},
	    {"10.0.0", "\"10.0.0\": not an address"},
	    {"0x7f.1", "\"0x7f.1\": not an address"},
	    {"localhost", "\"localhost\": not an address"},
	    {"::1, fd00::/129", "\"fd00::/129\": invalid prefix length"},
	};
	char many[ADDRESS_ALLOW_MAX * 4 + 8] = "", why[ADDRESS_WHY_BYTES];
	struct address_allow allow;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		is_int(address_allow_parse(&allow, wrong[i].text, why), -1,
		    wrong[i].text);
		is_str(why, wrong[i].why, "the fault is named");
	}
	memset(many, 'x', sizeof(many) - 1);
	is_int(address_allow_parse(&allow, many, why), -1, "a long word");
	for (size_t i = 0; i < ADDRESS_ALLOW_MAX; i++)
		memcpy(many + i * 4, "::1 ", 5);
	is_int(address_allow_parse(&allow, many, why), 0, "the longest list");
	memcpy(many + ADDRESS_ALLOW_MAX * 4, "::1", 4);
	is_int(address_allow_parse(&allow, many, why), -1, "one more");
}

int
main(void)
{
	check_classes();
	check_allowed();
	check_urls();
	check_proxied();
	check_parse();
	return done_testing();
}
