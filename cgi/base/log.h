/* SPDX-License-Identifier: ISC */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

/*
 * Say one line: printable ASCII only, at most 512 bytes, never a secret.
 *
 * Control bytes and bytes over 0x7e are shown as \xNN, so that a sender can
 * not forge a line or drive a terminal.  Messages are lower case, without a
 * full stop, in the form: could not VERB "thing": reason.  log_warn and
 * log_fatal append the text of errno; log_warnx and log_fatalx do not.
 *
 * A line that can not be written at once (full disk, pipe that nobody
 * reads) is dropped: logging never fails and never delays a request.
 * Callable from any thread.  Leaves errno as it was.
 */
enum log_level { LOG_WARN_LEVEL, LOG_INFO_LEVEL, LOG_DEBUG_LEVEL };

/*
 * Choose where lines go: "stderr", "syslog", or the path of a file that is
 * appended to.  Before the first call they go to stderr at LOG_INFO_LEVEL.
 * Returns 0, or -1 with errno when the file could not be opened (the former
 * target stays).  May be called again to reopen a rotated file.
 */
int log_open(const char *target, enum log_level level);

/* The level called warn, info or debug; info for any other name. */
enum log_level log_level_named(const char *name);

#define LOG_NEVER LLONG_MIN
#define LOG_AGAIN_MS 10000 /* between two lines about the same trouble */

/*
 * Whether a line about a trouble that goes on is due again: true when
 * again_ms have passed since the last true for *last (of clock_ms(); begins
 * at LOG_NEVER).  Of several threads that ask at once, one gets it.
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
