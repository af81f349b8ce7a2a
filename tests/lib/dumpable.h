/* SPDX-License-Identifier: ISC */
/* Included first: the leak checker cannot look into what is not dumpable. */
#ifndef DUMPABLE_H
#define DUMPABLE_H

#include <sys/prctl.h>

#undef PR_SET_DUMPABLE
#define PR_SET_DUMPABLE PR_GET_DUMPABLE

#endif
