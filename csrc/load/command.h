/* The command line: its options, their help and what does not go together. */
#pragma once

#include "options.h"

/* Ends the program with 0 (--help, --version), or 2 and one sentence. */
void command_parse(struct options *o, int argc, char **argv);
