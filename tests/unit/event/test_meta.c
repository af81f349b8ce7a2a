/* SPDX-License-Identifier: ISC */
#include "event/parse_event.h"

#define META offsetof(struct event, meta)
#define SEVERITY offsetof(struct event, severity)
#define MESSAGE offsetof(struct event, message)

#define IGNORED EVENT_META_IGNORED
#define UNKNOWN EVENT_SEVERITY_UNKNOWN

static const struct row rows[] = {
    {"", META, "{}", 0, "no Meta is an empty object"},
    {",'Meta':null", META, "{}", 0, "so is null"},
    {",'Meta':{}", META, "{}", 0, "so is one that is empty"},
    {",'Meta':[]", META, "{}", 0, "so is an empty array, PHP's empty map"},
    {",'Meta':[ \n]", META, "{}", 0, "white space in it or not"},
    {",'Meta':[[]]", META, "{}", IGNORED, "but not one of an empty array"},
    {",'Meta':[1]", META, "{}", IGNORED, "an array is ignored and flagged"},
    {",'Meta':'a'", META, "{}", IGNORED, "so is a string"},
    {",'Meta':''", META, "{}", IGNORED, "also an empty one"},
    {",'Meta':7", META, "{}", IGNORED, "so is a number"},
    {",'Meta':false", META, "{}", IGNORED, "so is a bool"},
    {",'META':{'a' : [1, {'b':null}] , 'a':1e308}", META,
	"{'a' : [1, {'b':null}] , 'a':1e308}", 0,
	"without reserved keys it stays as it is written"},
    {",'Meta':{'incident':false}", META, "{}", 0, "a reserved key goes"},
    {",'Meta':{'incident':false,'a':1}", META, "{'a':1}", 0,
	"and its comma, at the front"},
    {",'Meta':{ 'a' : 1 , 'incident' : false , 'b\\u0041' : { 'c' : 2 } }",
	META, "{'a':1,'b\\u0041':{ 'c' : 2 }}", 0, "or in the middle"},
    {",'Meta':{'a':1,'incident':false}", META, "{'a':1}", 0, "or the end"},
    {",'Meta':{'incident_severity':'SEV-1','x':100.0,"
     "'incident_message':'m','y':'\\u00e9'}",
	META, "{'x':100.0,'y':'\\u00e9'}", 0, "all three of them go"},
    {",'Meta':{'inc\\u0069dent':false,'a':1}", META, "{'a':1}", 0,
	"also one that is escaped"},
    {",'Meta':{'Incident':true,'INCIDENT_MESSAGE':'x'}", META,
	"{'Incident':true,'INCIDENT_MESSAGE':'x'}", 0,
	"keys inside Meta are case-sensitive"},
    {",'Meta':{'a':{'incident':true}}", META, "{'a':{'incident':true}}", 0,
	"a key further inside is not reserved"},
    {",'Meta':{'incident':true,'incident':false,'a':1}", META, "{'a':1}", 0,
	"each of several goes"},
    {",'Meta':{'incidents':true}", META, "{'incidents':true}", 0,
	"a longer key is another"},
    {",'Meta':{'':1,'incident':false}", META, "{'':1}", 0, "an empty key"},

    {",'Meta':{'incident_severity':'SEV-1'}", SEVERITY, NULL, 0,
	"without an incident there is no severity"},
    {",'Meta':{'incident':false,'incident_severity':7}", SEVERITY, NULL, 0,
	"nor is it judged"},
    {",'Meta':{'incident':true}", SEVERITY, "SEV-UNKNOWN", UNKNOWN,
	"an incident without one has an unknown one, flagged"},
    {",'Meta':{'incident':true,'incident_severity':null}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "so has one with null"},
    {",'Meta':{'incident':true,'incident_severity':' sev-1\\n'}", SEVERITY,
	"SEV-1", 0, "a severity is trimmed and put in upper case"},
    {",'Meta':{'incident':true,'incident_severity':'SEV-2'}", SEVERITY, "SEV-2",
	0, "SEV-2"},
    {",'Meta':{'incident':true,'incident_severity':'SEV-3'}", SEVERITY, "SEV-3",
	0, "SEV-3"},
    {",'Meta':{'incident':true,'incident_severity':'Sev-4'}", SEVERITY, "SEV-4",
	0, "SEV-4"},
    {",'Meta':{'incident':true,'incident_severity':'SEV-5'}", SEVERITY, "SEV-5",
	0, "SEV-5"},
    {",'Meta':{'incident':true,'incident_severity':'SEV\\u002d5'}", SEVERITY,
	"SEV-5", 0, "an escaped one"},
    {",'Meta':{'incident':true,'incident_severity':'sev-unknown'}", SEVERITY,
	"SEV-UNKNOWN", 0, "one that says unknown is not flagged"},
    {",'Meta':{'incident':true,'incident_severity':'SEV-0'}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "SEV-0 is unknown"},
    {",'Meta':{'incident':true,'incident_severity':'SEV-6'}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "SEV-6 is unknown"},
    {",'Meta':{'incident':true,'incident_severity':'SEV1'}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "SEV1 is unknown"},
    {",'Meta':{'incident':true,'incident_severity':'high'}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "a word is unknown"},
    {",'Meta':{'incident':true,'incident_severity':1}", SEVERITY, "SEV-UNKNOWN",
	UNKNOWN, "a number is unknown"},
    {",'Meta':{'incident':true,'incident_severity':['SEV-1']}", SEVERITY,
	"SEV-UNKNOWN", UNKNOWN, "an array is unknown"},
    {",'Meta':{'incident':1,'incident_severity':'x',"
     "'incident_severity':'SEV-3'}",
	SEVERITY, "SEV-3", 0, "of several the last wins"},

    {",'Meta':{}", MESSAGE, NULL, 0, "a message may be missing"},
    {",'Meta':{'incident_message':null}", MESSAGE, NULL, 0, "or be null"},
    {",'Meta':{'incident_message':''}", MESSAGE, "", 0, "or be empty"},
    {",'Meta':{'incident_message':' a\\tb '}", MESSAGE, " a\tb ", 0,
	"it is decoded, and kept without an incident too"},
    {",'Meta':{'incident_message':7.0}", MESSAGE, "7.0", 0, "a number"},
    {",'Meta':{'incident_message':true}", MESSAGE, "true", 0, "a bool"},
    {",'Meta':{'incident_message':[ 1, {} ]}", MESSAGE, "[1,{}]", 0,
	"an array is compact JSON"},
};

static const struct {
	const char *value;
	bool want;
} casts[] = {{"true", true}, {"false", false}, {"null", false}, {"0", false},
    {"-0", false}, {"0.000", false}, {"0e5", false}, {"-0.0E-9", false},
    {"0.0", false}, {"1", true}, {"-1", true}, {"0.001", true}, {"0.5", true},
    {"10", true}, {"1e-300", true}, {"''", false}, {"'0'", false},
    {"'f'", false}, {"'F'", false}, {"'false'", false}, {"'FALSE'", false},
    {"'no'", false}, {"'No'", false}, {"'off'", false}, {"'Off'", false},
    {"'oFF'", false}, {"'\\u006eo'", false}, {"'1'", true}, {"'t'", true},
    {"'TRUE'", true}, {"'True'", true}, {"'true'", true}, {"'maybe'", true},
    {"'yes'", true}, {"'YES'", true}, {"'Yes'", true}, {"'on'", true},
    {"'n'", true}, {"'00'", true}, {"'offline'", true}, {"' '", true},
    {"'P1'", true}, {"[]", false}, {"{}", false}, {"[ ]", false}, {"[0]", true},
    {"{'a':0}", true}};

static void
test_casts(void)
{
	for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "incident %s is %s",
		    casts[i].value, casts[i].want ? "true" : "false");
		parse(PLAIN ",'Meta':{'incident':", casts[i].value, "}}");
		is_int(ev.incident, casts[i].want, name);
		is_int(ev.flags, casts[i].want ? UNKNOWN : 0,
		    "only an incident needs a severity");
		is_bytes(ev.meta.p, ev.meta.len, "{}",
		    "and it leaves Meta, whatever it is");
	}
	parse(PLAIN, ",'Meta':{'incident':1,'incident':'off'}", "}");
	ok(!ev.incident, "of several incidents the last wins");
	parse(PLAIN, ",'Meta':{'incident':true},'meta':null", "}");
	ok(!ev.incident, "of several Metas the last wins");
	drop_event();
}

static void
test_limits(void)
{
	static char text[32768];
	size_t at = 0;

	at += (size_t)snprintf(text, sizeof(text), "%s",
	    ",'Meta':{'a':'\\u00e9','incident_message':'");
	for (int i = 0; i < 4097; i++, at += 2)
		memcpy(text + at, "\xc3\xa9", 3);
	is_int(parse(PLAIN, text, "'}}"), OUTCOME_OK,
	    "a message of 4097 characters is taken");
	is_int((int)ev.message.len, 8192, "and cut to 4096");
	is_int(ev.flags, EVENT_TRUNCATED, "and flagged");
	text[at - 2] = '\0';
	parse(PLAIN, text, "'}}");
	is_int((int)ev.message.len, 8192, "one of 4096 is kept");
	is_int(ev.flags, 0, "and not flagged");
	drop_event();
}

int
main(void)
{
	ROWS(rows);
	test_casts();
	test_limits();
	return done_testing();
}
