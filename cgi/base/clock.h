/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Return the monotonic clock in milliseconds; deadlines are on this clock. */
int64_t clock_ms(void);

/* Return the wall clock in microseconds since the Unix epoch. */
int64_t clock_wall_us(void);

/* Return the milliseconds left until the deadline; 0 if it has passed. */
int clock_left_ms(int64_t deadline);

#endif
