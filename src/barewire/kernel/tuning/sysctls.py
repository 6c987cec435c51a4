"""Sysctls of the machine itself, which no namespace has of its own.

A value `>=N` is a lower bound: a machine that has more keeps it. Sysctls that every network namespace has (most of
`net.ipv4`) belong in a profile's lab table: set here, they would change the machine's own traffic and no lab.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from barewire.kernel.tuning.setting import Setting, Tree

KEY = "sysctls"
TAKES = 'a table of sysctls, like { "net.core.busy_poll" = 50, "fs.file-max" = ">=1000000" }'

_NAME = re.compile(r"[a-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def settings(value: object, tree: Tree) -> list[Setting]:
    """One setting a sysctl."""
    if not isinstance(value, Mapping):
        raise ValueError(value)
    return [_setting(str(key), wanted, tree) for key, wanted in value.items()]


def _setting(key: str, wanted: object, tree: Tree) -> Setting:
    if not _NAME.fullmatch(key) or isinstance(wanted, bool) or not isinstance(wanted, int | str):
        raise ValueError(key)
    path = f"/proc/sys/{key.replace('.', '/')}"
    text = str(wanted)
    if text.startswith(">="):
        least, now = int(text[2:]), tree.text(path)
        text = now if now.isdecimal() and int(now) >= least else str(least)
    return Setting(KEY, key, path, text)
