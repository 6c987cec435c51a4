"""Names of the kernel's functions by address, from the guest's /proc/kallsyms: with its modules and its BPF programs.

A System.map would lack the modules, and Debian's is empty. Compilers cut functions in parts (`.part.0`, `.isra.0`,
`.constprop.0`, `.cold`); these belong to the function whose name they carry.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
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
    """Functions in order of their addresses."""

    addresses: Sequence[int]
    functions: Sequence[Function]

    def find(self, address: int) -> Function:
        """The function that holds `address`."""
        if address < KERNEL:
            return USER
        at = bisect_right(self.addresses, address) - 1
        return self.functions[at] if at >= 0 else UNKNOWN


def parse(kallsyms: str) -> Symbols:
    """PrerequisiteError when a kernel shows no addresses: it was built without kallsyms, or hides them (`kptr_restrict`)."""
    found: dict[int, Function] = {}
    for line in kallsyms.splitlines():
        words = line.split()
        if len(words) < 3 or words[1] not in "tTwW" or words[2].startswith("__pfx_"):
            continue
        module = words[3].strip("[]") if len(words) > 3 else ""
        # Of several names for one address the first global one.
        if words[1] == "T" or int(words[0], 16) not in found:
            found.setdefault(int(words[0], 16), Function(words[2].partition(".")[0], module))
    found.pop(0, None)
    if not found:
        raise PrerequisiteError(
            "the guest's kernel exposes no symbols", where="/proc/kallsyms",
            remedy="Use a kernel with CONFIG_KALLSYMS, like Debian's: --kernel 6.12",
        )  # fmt: skip
    addresses = sorted(found)
    return Symbols(addresses, [found[address] for address in addresses])
