/* What options mean together: values that were not given are filled in, and what makes no sense is refused. */
#pragma once

#include "options.h"

/* Ends the program with 2 and one sentence if the options do not go together. */
void checks_complete(struct options *o);
