# make            build the programs under build/
# make help       list the targets
# make run        start a private PostgreSQL, lighttpd, relay: STATE=DIR, PORT=N
# make stop       stop what make run started; keep the data
# make check      unit tests, schema tests and lint; needs no root
# make test       every test; first installs the packages they need
# make fault      the long form of the fault tests
# make asan       unit tests and test vectors under sanitizers
# make bench      compare with other programs, and with BEFORE=REVISION
# make lint       formats, static analyzers, shellcheck, mandoc, house rules
# make install    install programs, manuals, units and SQL: DESTDIR, PREFIX
# make uninstall  remove what make install installed
# make deb        the Debian package, in build/dist/
# make portable   programs for hosts that are older or lack libraries
# make dist       the source as a tarball, checksums; KEY=file: sign them
# make clean      remove build/
#
# V=1 prints full commands.  Put private flags into local.mk.

VERSION = 0.1.0
SCHEMA = 3

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PORT ?= 8080
STATE ?= var

# The paths stand unquoted in commands and in installed files.
ifneq ($(shell printf '%s\n' '$(PREFIX)' '$(SYSCONFDIR)' '/$(DESTDIR)' | \
	LC_ALL=C grep -cx '/[^[:space:]"$$&|;<>()*?\\]*'),3)
$(error PREFIX and SYSCONFDIR must be absolute paths; they and DESTDIR must \
	not contain white space or any of \ ' " $$ & | ; < > ( ) * ?)
endif

# Directory for objects and programs.
O ?= build

# Number of parallel jobs for building what the tests need.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)

PKGS = fcgi json-c libpq libcrypto
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wsign-compare -Wwrite-strings \
	-Wformat=2 -Wvla -Wundef
HARDEN = -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection -D_FORTIFY_SOURCE=2 -fPIE
# Programs do not depend on the directory in which they are built.
REPRODUCE = -ffile-prefix-map='$(CURDIR)'=.
DEFINES = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSCHEMA=$(SCHEMA) \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' -DDATADIR='"$(PREFIX)/share/tocsin"'

-include local.mk

# Keep json-c's directory off the include path: it has json.h and debug.h.
override CFLAGS += -std=c11 $(DEFINES) $(WARN) $(HARDEN) $(REPRODUCE) \
	-pthread $(filter-out %/json-c,$(shell pkg-config --cflags $(PKGS)))
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread
LDLIBS += $(shell pkg-config --libs $(PKGS))

# Print one short line per file, or with V=1 the full command.
ifneq ($(V),1)
say = @printf '%-4s %s\n' $(1) $@;
endif

# For tocsin-relay alone; without it, everything else is built.
CURL := $(shell pkg-config --libs 'libcurl >= 7.87.0' 2>/dev/null)
RELAY = $(if $(CURL),$(O)/tocsin-relay)

# One folder per subject; tests/lint/includes.sh has their order.
OBJS = $(patsubst cgi/%.c,$(O)/%.o,$(filter-out cgi/relay/post.c, \
	$(wildcard cgi/*/*.c))) $(O)/dialect/builtin.o
DIALECTS = $(wildcard cgi/dialects/*.dialect)
THREADED = $(addprefix tests/unit/,base db spool intake server)
UNIT = $(patsubst tests/%.c,$(O)/%,$(filter-out $(if $(CURL),,%/test_post.c), \
	$(wildcard tests/unit/*/test_*.c)))

# Started for each request: without shared libraries, where libc allows it.
STATIC := $(shell echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) \
	-static-pie -x c - -o /dev/null 2>/dev/null && echo -static-pie)

all: $(O)/tocsin.fcgi $(O)/tocsin.cgi $(O)/tocsin $(RELAY)
	$(if $(RELAY),,@echo 'no tocsin-relay: install libcurl4-openssl-dev')

$(O)/tocsin.fcgi: $(O)/tocsin-fcgi.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(LDLIBS)

$(O)/tocsin.cgi: $(O)/tocsin-cgi.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(filter-out -pie,$(LDFLAGS)) \
	    $(or $(STATIC),-pie) -o $@ $(filter %.o %.a,$^)

$(O)/tocsin: $(O)/tocsin.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(LDLIBS)

$(O)/tocsin-relay: $(O)/tocsin-relay.o $(O)/relay/post.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(LDLIBS) $(CURL)

$(O)/tocsin.a: $(OBJS)
	$(call say,AR)rm -f $@ && $(AR) rc $@ $^

$(O)/%.o: cgi/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -MMD -MP -c -o $@ $<

# Compile again what knows the paths of the installation, when they change.
$(addprefix $(O)/,conf/conf.o tool/init.o tocsin.o tocsin-fcgi.o \
	tocsin-relay.o): $(O)/paths
$(O)/paths: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX) $(SYSCONFDIR)' | cmp -s - $@ || \
	    echo '$(PREFIX) $(SYSCONFDIR)' >$@

# The dialects' files, as C.
$(O)/dialect/builtin.c: cgi/dialects/embed $(DIALECTS)
	@mkdir -p $(@D)
	$(call say,GEN)cgi/dialects/embed $(DIALECTS) >$@

$(O)/dialect/builtin.o: $(O)/dialect/builtin.c Makefile
	$(call say,CC)$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -MMD -MP -c -o $@ $<

$(O)/unit/%: tests/unit/%.c $(O)/tocsin.a
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -Itests/lib \
	    -Itests/unit -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.o,$^) \
	    $(filter %.a,$^) $(LDLIBS)

$(O)/unit/relay/test_post: $(O)/relay/post.o
$(O)/unit/relay/test_post: LDLIBS += $(CURL) -lssl

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run:
	@tests/lib/packages run
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@PORT='$(PORT)' STATE='$(STATE)' tests/lib/run

stop:
	@STATE='$(STATE)' tests/lib/stop

# Run every test under one prove, which ends with a list of failures.
test:
	tests/lib/packages test
	$(MAKE) -j$(JOBS) all $(UNIT)
	$(MAKE) -s asan-programs tsan-programs
	tests/lib/with-postgres tests/lib/suite $(UNIT)

# The part of make test that needs neither root nor a web server.
check:
	$(MAKE) -j$(JOBS) all $(UNIT)
	tests/lint/run
	tests/lib/with-postgres tests/lib/suite --check $(UNIT)

# The long form of the fault tests.
fault:
	tests/lib/packages test
	$(MAKE) all
	FAULT=long prove tests/fault tests/relay tests/fuzz/oracle.t tests/package

asan:
	tests/lib/packages test
	prove tests/san/010_sanitizers.t

# For the tests: build everything again with sanitizers.
asan-programs:
	$(MAKE) -j$(JOBS) O=build/asan HARDEN=-fPIE CFLAGS='-O1 -g \
	    -fno-omit-frame-pointer -fsanitize=address,undefined \
	    -fno-sanitize-recover=undefined -include tests/lib/dumpable.h' \
	    all unit-programs

# And the unit tests of what has threads, with ThreadSanitizer.
tsan-programs:
	$(MAKE) -j$(JOBS) O=build/tsan HARDEN=-fPIE CFLAGS='-O1 -g \
	    -fsanitize=thread' $(patsubst tests/%.c,build/tsan/%,$(wildcard \
	    $(addsuffix /test_*.c,$(THREADED))))

unit-programs: $(UNIT)

lint:
	tests/lib/packages lint
	tests/lint/run

bench:
	tests/lib/packages bench
	$(MAKE) all
	BENCH_BEFORE=$(BEFORE) tests/bench/run

DOC = $(DESTDIR)$(PREFIX)/share/doc/tocsin
MAN = $(DESTDIR)$(PREFIX)/share/man
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
SYSTEMD = $(wildcard cgi/systemd/*.d/*.conf)
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tocsin

# Copy files to a directory, with the paths of this installation in them.
put = @install -d $(2) && for f in $(1); do to=$(2)/$${f\#\#*/} && \
	printf '%-4s %s\n' PUT $$to && sed -e 's|/usr/local|$(PREFIX)|g' \
	-e 's|/etc/tocsin\.|$(SYSCONFDIR)/tocsin.|g' $$f >$$to && \
	chmod 644 $$to || exit; done

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/tocsin
	install -m 755 $(O)/tocsin $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(O)/tocsin.fcgi $(O)/tocsin.cgi $(RELAY) \
	    $(DESTDIR)$(PREFIX)/lib/tocsin
	$(call put,cgi/man/*.1,$(MAN)/man1)
	$(call put,cgi/man/*.5,$(MAN)/man5)
	$(call put,cgi/man/*.7,$(MAN)/man7)
	$(call put,cgi/man/*.8,$(MAN)/man8)
	$(call put,cgi/systemd/*.service cgi/systemd/*.socket,$(UNITS))
	$(call put,cgi/systemd/sysusers.d/*,$(DESTDIR)$(PREFIX)/lib/sysusers.d)
	$(call put,cgi/systemd/tmpfiles.d/*,$(DESTDIR)$(PREFIX)/lib/tmpfiles.d)
	install -D -m 644 cgi/completion/tocsin.bash $(COMPLETION)
	$(call put,README.md LICENSE cgi/man/*.example \
	    cgi/systemd/webhooks-only.conf,$(DOC))
	$(call put,lighttpd-conf/*,$(DOC)/lighttpd-conf)
	$(call put,apache-conf/*,$(DOC)/apache-conf)
	@for d in $$(find sql -type d); do \
	    to=$(DESTDIR)$(PREFIX)/share/tocsin/$$d && install -d $$to && \
	    find $$d -maxdepth 1 -type f -exec install -m 644 {} $$to \; && \
	    printf '%-4s %s\n' PUT $$to || exit; done
	@cd $(DESTDIR)$(PREFIX)/share/tocsin/sql/dashboard && \
	    sed -i 's|/usr/local|$(PREFIX)|g' grafana/provisioning/*/*.yaml

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/tocsin $(COMPLETION) \
	    $(patsubst cgi/systemd/%,$(UNITS)/%,$(wildcard \
	    cgi/systemd/*.service cgi/systemd/*.socket)) \
	    $(SYSTEMD:cgi/systemd/%=$(DESTDIR)$(PREFIX)/lib/%) \
	    $(foreach n,1 5 7 8,$(patsubst cgi/man/%,$(MAN)/man$n/%,$(wildcard \
	    cgi/man/*.$n)))
	rm -rf $(DESTDIR)$(PREFIX)/lib/tocsin $(DOC) \
	    $(DESTDIR)$(PREFIX)/share/tocsin

# Of the commit REVISION, HEAD if it is not set.
deb portable dist:
	@O=$(O) VERSION=$(VERSION) KEY=$(KEY) cgi/package/$@

clean:
	rm -rf build

-include $(shell find $(O) -path $(O)/package -prune -o -name '*.d' -print \
	2>/dev/null)

.PHONY: all help run stop test check fault asan asan-programs tsan-programs \
	unit-programs lint bench install uninstall deb portable \
	dist clean FORCE
