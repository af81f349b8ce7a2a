# make            build cgi/tocsin.fcgi and cgi/tocsin
# make run        a private PostgreSQL and lighttpd under STATE, on PORT
# make stop       stop what make run started; the data stays
# make test       every test
# make fault      the tests of faults, in their long form
# make asan       unit tests and vectors under sanitizers
# make bench      measure against others
# make lint       format, cppcheck, shellcheck, mandoc and the house rules
# make install    programs, manual pages and SQL files, under DESTDIR, PREFIX
# make clean      remove what was built
#
# Private flags go into local.mk.

VERSION = 0.1.0
SCHEMA = 3

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PORT ?= 8080
STATE ?= var

# Where objects and programs are built.
O ?= cgi

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

override CFLAGS += -std=c11 $(DEFINES) $(WARN) $(HARDEN) -pthread \
	$(shell pkg-config --cflags $(PKGS))
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread
LDLIBS += $(shell pkg-config --libs $(PKGS))

# Every room but the two programs; tests/lint/includes.sh knows their rows.
MODULES = $(filter-out main ctl,$(patsubst cgi/%.c,%,$(wildcard cgi/*.c)))
OBJS = $(MODULES:%=$(O)/%.o)
UNIT = $(patsubst tests/unit/%.c,$(O)/%,$(wildcard tests/unit/test_*.c))

all: $(O)/tocsin.fcgi $(O)/tocsin

$(O)/tocsin.fcgi: $(O)/main.o $(O)/tocsin.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(LDLIBS)

$(O)/tocsin: $(O)/ctl.o $(O)/tocsin.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(LDLIBS)

$(O)/tocsin.a: $(OBJS)
	rm -f $@
	$(AR) rc $@ $^

$(O)/%.o: cgi/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -MMD -MP -c -o $@ $<

$(O)/test_%: tests/unit/test_%.c $(O)/tocsin.a
	$(CC) $(CFLAGS) $(CPPFLAGS) -Icgi -Itests/lib -MMD -MP $(LDFLAGS) \
	    -o $@ $(filter %.c %.o %.a,$^) $(LDLIBS)

run:
	tests/lib/packages run
	$(MAKE) all
	PORT=$(PORT) STATE=$(STATE) tests/lib/run

stop:
	STATE=$(STATE) tests/lib/stop

# One run of prove over everything, which says at its end what failed.
test:
	tests/lib/packages test
	$(MAKE) -j$(JOBS) all $(UNIT)
	tests/lib/with-postgres tests/lib/suite $(UNIT)

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
	install -m 644 cgi/tocsin.1 $(MAN)/man1
	install -m 644 cgi/tocsin.conf.5 $(MAN)/man5
	install -m 644 cgi/tocsin.fcgi.8 $(MAN)/man8
	install -m 644 README.md LICENSE cgi/tocsin.conf.example $(DOC)
	cp -R lighttpd-conf apache-conf cgi/systemd $(DOC)
	for d in $$(cd sql && find . -type d); do \
	    install -d $(SQL)/$$d && find sql/$$d -maxdepth 1 -type f \
	    -exec install -m 644 {} $(SQL)/$$d \; ; done

clean:
	rm -rf build cgi/*.o cgi/*.d cgi/*.a cgi/test_* cgi/tocsin cgi/tocsin.fcgi

-include $(wildcard $(O)/*.d)

.PHONY: all run stop test fault asan asan-programs unit-programs unit lint bench install clean
