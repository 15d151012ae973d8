// SPDX-License-Identifier: GPL-2.0-only
/*
 * The inputs of corpus.txt: run without a fuzzer, or made into files for one.
 *
 * Usage: replay FILE [DIR], DIR an existing folder to write the inputs to
 * instead of running them.
 */
#include "source.h"

#define MAX_BYTES	4096

static void die(const char *what, const char *name, unsigned int line)
{
	fprintf(stderr, "replay: %s:%u: %s\n", name, line, what);
	exit(2);
}

/* Bytes of a line of hexadecimal digits, -1 if it is anything else. */
static int decode(const char *text, u8 *data)
{
	int size = 0, used;
	unsigned int byte;

	while (*text && *text != '\n') {
		used = 0;
		if (size == MAX_BYTES || sscanf(text, "%2x%n", &byte, &used) != 1 || used != 2)
			return -1;
		data[size++] = byte;
		text += used;
	}
	return size;
}

static bool save(const char *dir, unsigned int line, const u8 *data, int size)
{
	char path[4096];
	bool saved;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u", dir, line);
	file = fopen(path, "w");
	if (!file)
		return false;
	saved = fwrite(data, 1, size, file) == (size_t)size;
	return !fclose(file) && saved;
}

int main(int argc, char **argv)
{
	static char text[2 * MAX_BYTES + 2];
	static u8 data[MAX_BYTES];
	unsigned int line, inputs = 0;
	FILE *file;
	int size;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "Usage: replay FILE [DIR]\n");
		return 2;
	}
	file = fopen(argv[1], "r");
	if (!file) {
		fprintf(stderr, "replay: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	for (line = 1; fgets(text, sizeof(text), file); line++) {
		if (*text == '#')
			continue;
		size = decode(text, data);
		if (size < 0)
			die("no line of hexadecimal digits", argv[1], line);
		inputs++;
		if (argc > 2) {
			if (!save(argv[2], line, data, size))
				die("cannot be written", argv[2], line);
			continue;
		}
		printf("replay: page %lu, line %u of %s\n", PAGE_SIZE, line, argv[1]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
	}
	if (ferror(file) || !inputs)
		die("no input read", argv[1], line);
	fclose(file);
	printf("replay: %u inputs\n", inputs);
	return 0;
}
