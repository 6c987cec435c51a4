/*
 * Give files to a fuzz target, where there is no libFuzzer: `replay FILE...`. Each is in memory that ends where it
 * ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *name)
{
	FILE *file = fopen(name, "rb");
	uint8_t *bytes = NULL;
	long size = -1;

	if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0)
		bytes = malloc((size_t)size ? (size_t)size : 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "replay: %s cannot be read\n", name);
		exit(2);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d\n", argc - 1);
	return 0;
}
