/* SPDX-License-Identifier: ISC */
/*
 * To be preloaded where strace is not root's: what is not dumpable keeps its
 * memory from it, and so the strings that a test looks for.
 */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;

	if (option == PR_SET_DUMPABLE)
		return 0;
	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)syscall(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}
