"""Names of the kernel's functions by address, from the guest's /proc/kallsyms: with its modules and its BPF programs.

A System.map would lack the modules, and Debian's is empty. Modules and BPF programs come and go with labs, so each lab has its
own beside the kernel's. Compilers cut functions in parts (`.part.0`, `.isra.0`,
`.constprop.0`, `.cold`); these belong to the function whose name they carry.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from barewire.errors import PrerequisiteError

KERNEL = 1 << 63
"""Addresses below are user space's."""


class Function(NamedTuple):
    """`module` is empty for the kernel itself."""

    name: str
    module: str = ""

    def __str__(self) -> str:
        return f"{self.name} [{self.module}]" if self.module else self.name


USER = Function("user space")
UNKNOWN = Function("unknown")


@dataclass(frozen=True, slots=True)
class Symbols:
    """Functions in order of their addresses; `added` has those of a lab's modules and BPF programs."""

    addresses: Sequence[int]
    functions: Sequence[Function]
    added: Symbols | None = None

    def find(self, address: int) -> Function:
        """The function that holds `address`."""
        if address < KERNEL:
            return USER
        return max(self._before(address), self.added._before(address) if self.added else _NONE)[1]

    def _before(self, address: int) -> tuple[int, Function]:
        at = bisect_right(self.addresses, address) - 1
        return (self.addresses[at], self.functions[at]) if at >= 0 else _NONE


_NONE = (-1, UNKNOWN)


def parse(kallsyms: str) -> Symbols:
    """The kernel's own. PrerequisiteError when it shows no addresses: it was built without kallsyms, or hides them
    (`kptr_restrict`)."""
    found = _parse(line for line in kallsyms.splitlines() if "[" not in line)
    if not found.addresses:
        raise PrerequisiteError(
            "the guest's kernel exposes no symbols", where="/proc/kallsyms",
            remedy="Use a kernel with CONFIG_KALLSYMS, like Debian's: --kernel 6.12",
        )  # fmt: skip
    return found


def parse_added(kallsyms: str) -> Symbols:
    """Those of modules and BPF programs; there may be none."""
    return _parse(line for line in kallsyms.splitlines() if "[" in line)


def _parse(lines: Iterable[str]) -> Symbols:
    found: dict[int, Function] = {}
    for line in lines:
        words = line.split()
        if len(words) < 3 or words[1] not in "tTwW" or words[2].startswith("__pfx_"):
            continue
        module = words[3].strip("[]") if len(words) > 3 else ""
        # Of several names for one address the first global one.
        if words[1] == "T" or int(words[0], 16) not in found:
            found.setdefault(int(words[0], 16), _function(words[2].partition(".")[0], module))
    found.pop(0, None)
    addresses = array("Q", sorted(found))
    return Symbols(addresses, [found[address] for address in addresses])


@cache
def _function(name: str, module: str) -> Function:
    """One object for the functions of all labs: a lab's modules have tens of thousands."""
    return Function(name, module)
