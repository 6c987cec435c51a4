/* The CPU that a thread runs on. */
#pragma once

/* Run the calling thread on this CPU only; 0, or -1 and errno. */
int cpu_pin(int cpu);
