#pragma once

/*
 * Where the first recorded request is sent and where the last answer is there, for who watches the processor and
 * nothing else: csrc/plugin counts instructions between the two, so what it counts is whole requests. One-way packets
 * are marked where nothing is under way: before the first recorded ones, and when all had the time to arrive. Each
 * exchanges a register with itself, which does nothing and which no compiler writes.
 */
static inline void mark_begin(void)
{
#ifdef __x86_64__
	__asm__ volatile("xchgq %%rbx, %%rbx" ::: "memory");
#endif
}

static inline void mark_end(void)
{
#ifdef __x86_64__
	__asm__ volatile("xchgq %%rcx, %%rcx" ::: "memory");
#endif
}
