"""A bootable kernel, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Image:
    """`name` is what was asked for (`6.12`, `host`, a path), `release` what the kernel calls itself (`uname -r`).

    `modules` is the folder `lib/modules/RELEASE` with a finished `modules.dep`; None when this kernel has everything built in.
    `symbols` is its System.map, None where nobody may read one.
    """

    release: str
    name: str
    vmlinuz: Path
    modules: Path | None = None
    symbols: Path | None = None
