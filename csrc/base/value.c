#include "value.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

int64_t value_number(const char *name, const char *text, int64_t low, int64_t high)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < low || value > high)
		program_refuse("--%s %s is not a whole number from %lld to %lld", name, text, (long long)low,
			       (long long)high);
	return value;
}

int64_t value_time(const char *name, const char *text)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}};
	char *end;
	double value = strtod(text, &end);

	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		double ns = value * units[i].ns;

		if (strcmp(end, units[i].unit) == 0 && ns >= 0 && ns <= 86400e9)
			return (int64_t)llround(ns);
	}
	program_refuse("--%s %s is not a time up to a day; write it like 1s, 500ms or 20us", name, text);
}

double value_rate(const char *text)
{
	char *end;
	double value;

	if (strcmp(text, "max") == 0)
		return 0;
	value = strtod(text, &end);
	if (end == text || *end || !(value > 0) || value > 1e8)
		program_refuse("--rate %s is neither max nor a number above 0 and up to 100000000", text);
	return value;
}

int value_cpus(const char *text, int *cpus, int most)
{
	const char *at = text;
	int count = 0;

	for (;;) {
		char *end;
		long cpu = strtol(at, &end, 10);

		if (end == at || cpu < 0 || cpu >= CPU_SETSIZE || count == most)
			program_refuse("--cpus %s is not a list of CPUs like 1,3", text);
		cpus[count++] = (int)cpu;
		if (*end == '\0')
			return count;
		if (*end != ',')
			program_refuse("--cpus %s is not a list of CPUs like 1,3", text);
		at = end + 1;
	}
}

bool value_choice(const char *name, const char *text, const char *no, const char *yes)
{
	if (strcmp(text, yes) == 0)
		return true;
	if (strcmp(text, no) != 0)
		program_refuse("--%s %s is neither %s nor %s", name, text, no, yes);
	return false;
}
