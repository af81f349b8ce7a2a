/* SPDX-License-Identifier: ISC */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

/*
 * Log one line: printable ASCII only, at most 512 bytes, never a secret.
 *
 * Control bytes and bytes over 0x7e are written as \xNN, so that a sender
 * cannot forge a line or send escape sequences to a terminal.  Messages are
 * lower case, without a full stop, in the form: could not VERB "thing":
 * reason.  log_warn and log_fatal append the text of errno; log_warnx and
 * log_fatalx do not.
 *
 * A line that cannot be written at once (full disk, pipe without a reader)
 * is dropped: logging never fails and never delays a request.  Thread-safe.
 * Preserves errno.
 */
enum log_level { LOG_WARN_LEVEL, LOG_INFO_LEVEL, LOG_DEBUG_LEVEL };

/*
 * Set the log target: "stderr", "syslog", or the path of a file to append
 * to.  The default is stderr at LOG_INFO_LEVEL.  Returns 0; or -1 with errno
 * when the file could not be opened, and the previous target stays.  Call it
 * again to reopen a rotated file.
 */
int log_open(const char *target, enum log_level level);

/* Return the level named warn, info or debug; info for any other name. */
enum log_level log_level_named(const char *name);

#define LOG_NEVER LLONG_MIN
#define LOG_AGAIN_MS 10000 /* between two lines about the same problem */

/*
 * Rate-limit the log line about a lasting problem: return true when again_ms
 * have passed since it last returned true for *last, a clock_ms() value that
 * starts as LOG_NEVER.  Of several threads calling at once, one gets true.
 */
bool log_is_due(atomic_llong *last, int again_ms);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void log_fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void log_fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
