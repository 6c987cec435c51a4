"""A data path of BPF programs as plain data: maps, what they hold, and programs with the links that they are on.

It is one object of a namespace, because its programs refer to each other and to the maps: it is loaded and replaced as a
whole. A link has no index before it is made, so `@DEV` stands for it wherever a number may stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MapKind = Literal["hash", "lru_hash", "lpm_trie", "prog_array"]
Hook = Literal["ingress", "pod"]
"""Where a program is attached: to what a link receives, or to what a pod sends by its link. The latter is what the node's end of
a veth pair receives; a netkit pair runs the program at the pod's end."""

Words = tuple[str, ...]
"""Bytes of a key or a value: hexadecimal digits; `@DEV` for the index of a link in four bytes; `~DEV=DIGITS` for these digits,
or zeros if the link has no MAC, as a netkit pair of layer 3."""


@dataclass(frozen=True, slots=True)
class BpfMap:
    """A map with the kernel's kind, sizes in bytes, the most entries that it takes, and what it holds at first."""

    name: str
    kind: MapKind
    key_bytes: int
    value_bytes: int
    entries: int
    items: tuple[tuple[Words, Words], ...] = ()


@dataclass(frozen=True, slots=True)
class BpfProgram:
    """A program: the `source` that `kernel.bpf_programs` has, its constants, and the map that it finds under each name.

    `calls` are the places in maps of kind `prog_array` from which others call it; `dev` is the link that it is attached to, empty
    for one that is only called."""

    name: str
    source: str
    constants: tuple[tuple[str, int | str], ...] = ()
    maps: tuple[tuple[str, str], ...] = ()
    calls: tuple[tuple[str, int], ...] = ()
    dev: str = ""
    hook: Hook = "ingress"


@dataclass(frozen=True, slots=True)
class BpfDataPath:
    """All programs of a namespace that belong together, and their maps."""

    name: str
    maps: tuple[BpfMap, ...]
    programs: tuple[BpfProgram, ...]
