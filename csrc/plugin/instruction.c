#include "instruction.h"

#include <string.h>

static bool is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3: return true;
	default: return byte >= 0x40 && byte <= 0x4f; /* REX */
	}
}

static bool is_string(uint8_t opcode)
{
	return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
	       (opcode >= 0xaa && opcode <= 0xaf);
}

/* Where a jump goes whose last `width` bytes are the distance from its end. */
static uint64_t relative(const uint8_t *bytes, size_t size, uint64_t address, size_t width)
{
	int64_t distance = 0;
	if (width == 1) {
		distance = (int8_t)bytes[size - 1];
	} else {
		int32_t wide;
		memcpy(&wide, bytes + size - sizeof(wide), sizeof(wide));
		distance = wide;
	}
	return address + size + (uint64_t)distance;
}

static struct instruction with_target(enum flow flow, const uint8_t *bytes, size_t size, uint64_t address, size_t width)
{
	if (size <= width)
		return (struct instruction){FLOW_NEXT, 0};
	return (struct instruction){flow, relative(bytes, size, address, width)};
}

static struct instruction two_byte(const uint8_t *bytes, size_t size, uint64_t address, uint8_t second)
{
	if (second == 0x05 || second == 0x34)
		return (struct instruction){FLOW_SYSTEM_CALL, 0};
	if (second == 0x07 || second == 0x35)
		return (struct instruction){FLOW_INTERRUPT_RETURN, 0};
	if (second >= 0x80 && second <= 0x8f)
		return with_target(FLOW_BRANCH, bytes, size, address, 4);
	return (struct instruction){FLOW_NEXT, 0};
}

struct instruction instruction_decode(const uint8_t *bytes, size_t size, uint64_t address)
{
	size_t at = 0;
	bool repeated = false;
	while (at < size && is_prefix(bytes[at])) {
		repeated |= bytes[at] == 0xf2 || bytes[at] == 0xf3;
		at++;
	}
	const struct instruction next = {FLOW_NEXT, 0};
	if (at >= size)
		return next;
	const uint8_t opcode = bytes[at];
	if (opcode == 0x0f)
		return at + 1 < size ? two_byte(bytes, size, address, bytes[at + 1]) : next;
	if ((opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xe0 && opcode <= 0xe3))
		return with_target(FLOW_BRANCH, bytes, size, address, 1);
	if (is_string(opcode) && repeated)
		return (struct instruction){FLOW_REPEAT, 0};
	switch (opcode) {
	case 0xe8: return with_target(FLOW_CALL, bytes, size, address, 4);
	case 0xe9: return with_target(FLOW_JUMP, bytes, size, address, 4);
	case 0xeb: return with_target(FLOW_JUMP, bytes, size, address, 1);
	case 0xc2:
	case 0xc3:
	case 0xca:
	case 0xcb: return (struct instruction){FLOW_RETURN, 0};
	case 0xcf: return (struct instruction){FLOW_INTERRUPT_RETURN, 0};
	case 0xff:
		switch (at + 1 < size ? (bytes[at + 1] >> 3) & 7 : 0) {
		case 2:
		case 3: return (struct instruction){FLOW_CALL_INDIRECT, 0};
		case 4:
		case 5: return (struct instruction){FLOW_JUMP_INDIRECT, 0};
		default: return next;
		}
	default: return next;
	}
}

bool instruction_switches_task(const uint8_t *bytes, size_t size)
{
	return size == 7 && bytes[0] == 0x48 && bytes[1] == 0x8b && bytes[2] == 0xa6;
}

static bool exchanges_with_itself(const uint8_t *bytes, size_t size, uint8_t operands)
{
	return size == 3 && bytes[0] == 0x48 && bytes[1] == 0x87 && bytes[2] == operands;
}

bool instruction_marks_begin(const uint8_t *bytes, size_t size)
{
	return exchanges_with_itself(bytes, size, 0xdb); /* xchg %rbx, %rbx */
}

bool instruction_marks_end(const uint8_t *bytes, size_t size)
{
	return exchanges_with_itself(bytes, size, 0xc9); /* xchg %rcx, %rcx */
}
