/* barewire-agent: starts programs in a pod and reads its files for a study, in any image, without a shell. */
#include <stdio.h>
#include <string.h>

#include "../base/program.h"
#include "../base/value.h"
#include "../base/version.h"
#include "hold.h"
#include "session.h"

#define DAY_S 86400

const char program_name[] = "barewire-agent";

static const char usage[] =
	"usage: barewire-agent hold SECONDS | session SECONDS\n"
	"\n"
	"hold      be the first process of a pod: end when a session has ended, or without one after\n"
	"          SECONDS\n"
	"session   serve the requests on standard input, until it ends or no request has come for\n"
	"          SECONDS\n";

int main(int argc, char **argv)
{
	int seconds;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("barewire-agent %s\n", BAREWIRE_VERSION) < 0;
	if (argc != 3)
		program_refuse("it takes a word and a number of seconds");
	seconds = (int)value_number(argv[1], argv[2], 1, DAY_S);
	if (strcmp(argv[1], "hold") == 0)
		return hold(seconds);
	if (strcmp(argv[1], "session") == 0)
		return session_serve(seconds);
	program_refuse("%s is not one of hold, session", argv[1]);
}
