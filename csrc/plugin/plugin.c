/* What QEMU loads: counts executed instructions by block of code and chain of calls, for one load at a time, on
 * orders from outside (control.h).
 *
 *   -plugin barewire-count-1.so,control=NAME
 *
 * One virtual CPU, x86-64. Nothing here changes what the guest executes or how its time passes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "calls.h"
#include "control.h"
#include "instruction.h"

enum { INSTRUCTION_MAX = 15 };

EXPORT int qemu_plugin_version = BAREWIRE_PLUGIN_API;

static size_t read_bytes(const struct qemu_plugin_insn *instruction, uint8_t bytes[INSTRUCTION_MAX])
{
	const size_t size = qemu_plugin_insn_size(instruction);
	if (size > INSTRUCTION_MAX)
		return 0;
#if BAREWIRE_PLUGIN_API >= 3
	return qemu_plugin_insn_data(instruction, bytes, size);
#else
	memcpy(bytes, qemu_plugin_insn_data(instruction), size);
	return size;
#endif
}

static void on_block(unsigned vcpu, void *data)
{
	(void)vcpu;
	if (control_waits())
		control_obey();
	calls_enter(data);
}

static void on_switch(unsigned vcpu, qemu_plugin_meminfo_t information, uint64_t address, void *data)
{
	(void)vcpu, (void)information, (void)data;
	calls_switch(address);
}

static void on_begin(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	calls_mark_begin();
}

static void on_end(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	calls_mark_end();
}

/* The few instructions whose execution is reported. */
static void watch(struct qemu_plugin_insn *instruction, const uint8_t *bytes, size_t size, bool in_kernel)
{
	if (in_kernel && instruction_switches_task(bytes, size)) {
		/* It reads, once. QEMU 7.2 reports reads only where reads and writes are asked for. */
		qemu_plugin_register_vcpu_mem_cb(instruction, on_switch, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
						 NULL);
	} else if (!in_kernel && instruction_marks_begin(bytes, size)) {
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
	} else if (!in_kernel && instruction_marks_end(bytes, size)) {
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_end, QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *translated)
{
	(void)id;
	const size_t instructions = qemu_plugin_tb_n_insns(translated);
	struct block *block = block_new((unsigned)instructions);
	block->start = qemu_plugin_tb_vaddr(translated);
	for (size_t i = 0; i < instructions; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(translated, i);
		const uint64_t address = qemu_plugin_insn_vaddr(instruction);
		block->offsets[i] = (uint16_t)(address - block->start);
		uint8_t bytes[INSTRUCTION_MAX];
		const size_t size = read_bytes(instruction, bytes);
		watch(instruction, bytes, size, block->start >> 63);
		if (i + 1 == instructions) {
			const struct instruction last = instruction_decode(bytes, size, address);
			block->last = address;
			block->end = address + qemu_plugin_insn_size(instruction);
			block->flow = last.flow;
			block->target = last.target;
		}
	}
	qemu_plugin_register_vcpu_tb_exec_cb(translated, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	static const char option[] = "control=";
	if (strcmp(info->target_name, "x86_64") != 0 || !info->system_emulation || info->system.max_vcpus != 1) {
		fputs("barewire: instructions are counted in x86-64 machines with one CPU\n", stderr);
		return 1;
	}
	if (argc != 1 || strncmp(argv[0], option, strlen(option)) != 0) {
		fputs("barewire: the plugin takes one argument, control=NAME of an abstract Unix socket\n", stderr);
		return 1;
	}
	if (!control_start(argv[0] + strlen(option))) {
		fprintf(stderr, "barewire: cannot connect to %s: %s\n", argv[0] + strlen(option), strerror(errno));
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
