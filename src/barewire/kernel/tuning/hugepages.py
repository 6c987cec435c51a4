"""Transparent huge pages: with `never` no page fault of a measured program waits for the kernel to put one together."""

from __future__ import annotations

from barewire.kernel.tuning.setting import Setting, Tree

KEY = "hugepages"
TAKES = '"always", "madvise" or "never"'

_FILE = "/sys/kernel/mm/transparent_hugepage/enabled"


def settings(value: object, tree: Tree) -> list[Setting]:
    """The one file."""
    if value not in ("always", "madvise", "never"):
        raise ValueError(value)
    return [Setting(KEY, "transparent_hugepage", _FILE, str(value), chosen=True)]
