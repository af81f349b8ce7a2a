/* SPDX-License-Identifier: ISC */
#ifndef BASE_HEX_H
#define BASE_HEX_H

/* Return the value of a hexadecimal digit in either case, or -1. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return the byte that two digits stand for, or -1. */
static inline int
hex_byte(const char text[2])
{
	int high = hex_digit(text[0]), low = hex_digit(text[1]);

	return high == -1 || low == -1 ? -1 : high << 4 | low;
}

#endif
