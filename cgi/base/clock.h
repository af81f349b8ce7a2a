/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never steps; deadlines are points on it. */
int64_t clock_ms(void);

/* Wall clock: microseconds since the Unix epoch. */
int64_t clock_wall_us(void);

/* Milliseconds from now to the deadline, 0 when it has passed. */
int clock_left_ms(int64_t deadline);

#endif
