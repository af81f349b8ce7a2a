# make            build cgi/tocsin.fcgi and cgi/tocsin
# make run        a private PostgreSQL and lighttpd under STATE, on PORT
# make stop       stop what make run started; the data stays
# make test       every test
# make lint       format, cppcheck, shellcheck, mandoc and the house rules
# make install    programs, manual pages and SQL files, under DESTDIR, PREFIX
# make clean      remove what was built
#
# Private flags go into local.mk.

VERSION = 0.1.0
SCHEMA = 1

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PORT ?= 8080
STATE ?= var

# Where objects and programs are built.
O ?= cgi

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

unit: $(UNIT)
	prove -e '' $(UNIT)

clean:
	rm -rf build cgi/*.o cgi/*.d cgi/*.a cgi/test_* cgi/tocsin cgi/tocsin.fcgi

-include $(wildcard $(O)/*.d)

.PHONY: all unit clean
