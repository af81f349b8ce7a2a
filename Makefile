# make            build the programs under build/
# make help       this list
# make run        a private PostgreSQL and lighttpd under STATE, on PORT
# make stop       stop what make run started; the data stays
# make check      unit tests, tests of the schema and lint: without root
# make test       every test; installs what they need
# make fault      the tests of faults, in their long form
# make asan       unit tests and vectors under sanitizers
# make bench      measure against others
# make lint       format, cppcheck, shellcheck, mandoc and the house rules
# make install    programs, manuals, units and SQL, under DESTDIR and PREFIX
# make uninstall  remove what make install put there
# make clean      remove what was built
#
# V=1 prints whole commands.  Private flags go into local.mk.

VERSION = 0.1.0
SCHEMA = 3

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PORT ?= 8080
STATE ?= var

# Where objects and programs are built.
O ?= build

# How many processes at once build what the tests need.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN)

PKGS = fcgi json-c libpq libcrypto
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wsign-compare -Wwrite-strings \
	-Wformat=2 -Wvla -Wundef
HARDEN = -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection -D_FORTIFY_SOURCE=2 -fPIE
DEFINES = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSCHEMA=$(SCHEMA) \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' -DDATADIR='"$(PREFIX)/share/tocsin"'

-include local.mk

# json-c's own directory stays off the path: it has a json.h and a debug.h.
override CFLAGS += -std=c11 $(DEFINES) $(WARN) $(HARDEN) -pthread \
	$(filter-out %/json-c,$(shell pkg-config --cflags $(PKGS)))
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread
LDLIBS += $(shell pkg-config --libs $(PKGS))

# One short line for each file, or with V=1 the whole command.
ifneq ($(V),1)
say = @printf '%-4s %s\n' $(1) $@;
endif

# A folder for each subject; tests/lint/includes.sh has their order.
OBJS = $(patsubst cgi/%.c,$(O)/%.o,$(wildcard cgi/*/*.c))
UNIT = $(patsubst tests/%.c,$(O)/%,$(wildcard tests/unit/*/test_*.c))

all: $(O)/tocsin.fcgi $(O)/tocsin

$(O)/tocsin.fcgi: $(O)/tocsin-fcgi.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(LDLIBS)

$(O)/tocsin: $(O)/tocsin.o $(O)/tocsin.a
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(LDLIBS)

$(O)/tocsin.a: $(OBJS)
	$(call say,AR)rm -f $@ && $(AR) rc $@ $^

$(O)/%.o: cgi/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -MMD -MP -c -o $@ $<

$(O)/unit/%: tests/unit/%.c $(O)/tocsin.a
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -Itests/lib \
	    -Itests/unit -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.a,$^) \
	    $(LDLIBS)

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run:
	@tests/lib/packages run
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@PORT=$(PORT) STATE=$(STATE) tests/lib/run

stop:
	@STATE=$(STATE) tests/lib/stop

# One run of prove over everything, which says at its end what failed.
test:
	tests/lib/packages test
	$(MAKE) -j$(JOBS) all $(UNIT)
	tests/lib/with-postgres tests/lib/suite $(UNIT)

# The part of it that needs no root and no web server.
check:
	$(MAKE) -j$(JOBS) all $(UNIT)
	tests/lint/run
	tests/lib/with-postgres tests/lib/suite --check $(UNIT)

# The tests of faults in their long form.
fault:
	tests/lib/packages test
	$(MAKE) all
	FAULT=long prove tests/fault

asan:
	tests/lib/packages test
	prove tests/san/010_sanitizers.t

# For tests/san: everything once more, with sanitizers.
asan-programs:
	$(MAKE) -j$(JOBS) O=build/asan HARDEN=-fPIE CFLAGS='-O1 -g \
	    -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	    all unit-programs

unit-programs: $(UNIT)

unit: $(UNIT)
	prove -e '' $(UNIT)

lint:
	tests/lib/packages lint
	tests/lint/run

bench:
	tests/lib/packages bench
	$(MAKE) all
	tests/bench/run

DOC = $(DESTDIR)$(PREFIX)/share/doc/tocsin
MAN = $(DESTDIR)$(PREFIX)/share/man
SQL = $(DESTDIR)$(PREFIX)/share/tocsin/sql

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/tocsin \
	    $(MAN)/man1 $(MAN)/man5 $(MAN)/man8 $(DOC)
	install -m 755 $(O)/tocsin $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(O)/tocsin.fcgi $(DESTDIR)$(PREFIX)/lib/tocsin
	for n in 1 5 8; do install -m 644 cgi/man/*.$$n $(MAN)/man$$n; done
	install -m 644 README.md LICENSE cgi/man/tocsin.conf.example $(DOC)
	cp -R lighttpd-conf apache-conf cgi/systemd $(DOC)
	for d in $$(cd sql && find . -type d); do \
	    install -d $(SQL)/$$d && find sql/$$d -maxdepth 1 -type f \
	    -exec install -m 644 {} $(SQL)/$$d \; ; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/tocsin
	for n in 1 5 8; do (cd cgi/man && for f in *.$$n; do \
	    rm -f $(MAN)/man$$n/$$f; done); done
	rm -rf $(DESTDIR)$(PREFIX)/lib/tocsin $(DOC) \
	    $(DESTDIR)$(PREFIX)/share/tocsin

clean:
	rm -rf build

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: all help run stop test check fault asan asan-programs unit-programs \
	unit lint bench install uninstall clean
