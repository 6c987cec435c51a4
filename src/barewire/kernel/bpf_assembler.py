"""Assemble BPF programs from text, in the syntax that LLVM, bpftool and the kernel's verifier print.

Programs are committed as text, because a user has no compiler for BPF, and because the counted clock counts their
instructions: no version of a compiler may change them. `preprocess` resolves constants, conditions and inclusions; what it
returns, LLVM's assembler accepts too, and a test compares the two. Encodings are those of
Documentation/bpf/standardization/instruction-set.rst of the kernel.

Limits: the instructions that the programs need (64 and 32 bit arithmetic, loads, stores, jumps, calls of helpers, maps).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from barewire.errors import BarewireError

_SIZES = {"u32": 0x00, "u16": 0x08, "u8": 0x10, "u64": 0x18}
_OPERATIONS = {"+": 0x00, "-": 0x10, "|": 0x40, "&": 0x50, "<<": 0x60, ">>": 0x70, "^": 0xA0, "": 0xB0}
_JUMPS = {"==": 0x10, ">": 0x20, ">=": 0x30, "!=": 0x50, "<": 0xA0, "<=": 0xB0}
_ALU32, _ALU64, _JMP32, _JMP64, _LDX, _STX, _LD = 0x04, 0x07, 0x06, 0x05, 0x61, 0x63, 0x18
_REGISTER, _TO_BIG_ENDIAN, _CALL, _EXIT, _JUMP = 0x08, 0xDC, 0x85, 0x95, 0x05
_PSEUDO_MAP_FD = 1

_NUMBER = r"-?(?:0x[0-9a-f]+|\d+)"
_LABEL = re.compile(r"(\w+):")
_FORMS = {
    "wide": re.compile(rf"r(\d+) = ({_NUMBER}) ll"),
    "map": re.compile(r"r(\d+) = (\w+) ll"),
    "load": re.compile(r"r(\d+) = \*\((u\d+) \*\)\(r(\d+) ([+-]) (\d+)\)"),
    "store": re.compile(r"\*\((u\d+) \*\)\(r(\d+) ([+-]) (\d+)\) = r(\d+)"),
    "swap": re.compile(r"r(\d+) = be(16|32|64) r(\d+)"),
    "alu": re.compile(rf"([rw])(\d+) (\+|-|\||&|<<|>>|\^|)= (?:([rw])(\d+)|({_NUMBER}))"),
    "branch": re.compile(rf"if ([rw])(\d+) (==|!=|>=|<=|>|<) (?:([rw])(\d+)|({_NUMBER})) goto (\w+)"),
    "jump": re.compile(r"goto (\w+)"),
    "call": re.compile(r"call (\d+)"),
    "exit": re.compile(r"exit"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a program without comments, with its place for messages."""

    text: str
    where: str


def preprocess(name: str, constants: Mapping[str, int], read: Callable[[str], str]) -> str:
    """The program `name` with its constants as numbers.

    It knows `{NAME+4}`, `.set NAME 4`, `.if NAME`, `.else`, `.endif` and `.include NAME`.
    `read` returns the text of a program by its name. BarewireError names the line that cannot be resolved."""
    return "\n".join(line.text for line in _resolved(name, dict(constants), read)) + "\n"


def assemble(text: str, name: str, maps: Mapping[str, int]) -> bytes:
    """The instructions of a preprocessed program; `maps` are the descriptors of the maps that it names."""
    lines = [_Line(line, f"{name}:{number}") for number, line in enumerate(text.splitlines(), 1) if line]
    labels: dict[str, int] = {}
    position = 0
    for line in lines:
        if label := _LABEL.fullmatch(line.text):
            labels[label[1]] = position
        else:
            position += 2 if line.text.endswith(" ll") else 1
    code = b""
    for line in lines:
        if not _LABEL.fullmatch(line.text):
            code += _encoded(line, labels, len(code) // 8, maps)
    return code


def _resolved(name: str, constants: dict[str, int], read: Callable[[str], str]) -> Iterator[_Line]:
    holds = [True]
    for number, written in enumerate(read(name).splitlines(), 1):
        text, where = written.partition(";")[0].strip(), f"{name}:{number}"
        words = text.split()
        match words:
            case [".if", condition]:
                holds.append(bool(_value(condition, constants, where)))
            case [".else"]:
                holds[-1] = not holds[-1]
            case [".endif"]:
                holds.pop()
            case _ if not text or not all(holds):
                continue
            case [".set", constant, value]:
                constants[constant] = _value(value, constants, where)
            case [".include", other]:
                yield from _resolved(other, constants, read)
            case _:
                pieces = re.split(r"\{([^}]*)\}", text)
                pieces[1::2] = [str(_sum(expression, constants, where)) for expression in pieces[1::2]]
                yield _Line("".join(pieces), where)


def _sum(expression: str, constants: Mapping[str, int], where: str) -> int:
    return sum(
        (-1 if sign == "-" else 1) * _value(word, constants, where)
        for sign, word in re.findall(r"([+-]?)\s*(\w+)", expression)
    )


def _value(word: str, constants: Mapping[str, int], where: str) -> int:
    if word[0].isdigit():
        return int(word, 0)
    if word not in constants:
        raise BarewireError(f"a BPF program has no value for {word}", where=where)
    return constants[word]


def _encoded(line: _Line, labels: Mapping[str, int], at: int, maps: Mapping[str, int]) -> bytes:
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(line.text):
            try:
                return _instruction(form, found.groups(), labels, at, maps)
            except (KeyError, struct.error) as error:
                raise BarewireError(f"cannot assemble `{line.text}`", where=line.where, said=repr(error)) from error
    raise BarewireError(f"cannot assemble `{line.text}`", where=line.where, said="it is no instruction")


def _instruction(
    form: str, words: tuple[str, ...], labels: Mapping[str, int], at: int, maps: Mapping[str, int]
) -> bytes:
    match form, words:
        case "wide", (to, number):
            return _two(int(to), 0, int(number, 0) & (1 << 64) - 1)
        case "map", (to, name):
            return _two(int(to), _PSEUDO_MAP_FD, maps[name])
        case "load", (to, size, base, sign, offset):
            return _one(_LDX | _SIZES[size], int(to), int(base), int(sign + offset))
        case "store", (size, base, sign, offset, source):
            return _one(_STX | _SIZES[size], int(base), int(source), int(sign + offset))
        case "swap", (to, bits, _):
            return _one(_TO_BIG_ENDIAN, int(to), 0, 0, int(bits))
        case "alu", (width, to, operation, _, source, number):
            code = (_ALU64 if width == "r" else _ALU32) | _OPERATIONS[operation]
            return _with_source(code, int(to), source, number)
        case "branch", (width, left, relation, _, right, number, label):
            code = (_JMP64 if width == "r" else _JMP32) | _JUMPS[relation]
            return _with_source(code, int(left), right, number, labels[label] - at - 1)
        case "jump", (label,):
            return _one(_JUMP, 0, 0, labels[label] - at - 1)
        case "call", (helper,):
            return _one(_CALL, 0, 0, 0, int(helper))
    return _one(_EXIT, 0, 0)


def _with_source(code: int, to: int, source: str | None, number: str | None, offset: int = 0) -> bytes:
    if source is not None:
        return _one(code | _REGISTER, to, int(source), offset)
    value = int(number or "0", 0)
    return _one(code, to, 0, offset, value - (1 << 32) if value >= 1 << 31 else value)


def _one(code: int, to: int, source: int, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("<BBhi", code, source << 4 | to, offset, value)


def _two(to: int, source: int, value: int) -> bytes:
    return struct.pack("<BBhIBBhI", _LD, source << 4 | to, 0, value & 0xFFFFFFFF, 0, 0, 0, value >> 32)
