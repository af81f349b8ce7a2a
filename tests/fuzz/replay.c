/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Give each file named on the command line to a fuzz target, once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *name)
{
	static uint8_t data[4 * 1024 * 1024];
	FILE *f = fopen(name, "rb");
	uint8_t *copy;
	size_t size;

	if (f == NULL) {
		perror(name);
		return -1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	/* A copy of just this size, so that reading past it is noticed. */
	copy = malloc(size + (size == 0));
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) == -1)
			return 1;
	return argc == 1;
}
