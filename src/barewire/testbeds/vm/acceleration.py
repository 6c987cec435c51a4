"""Whether to try KVM.

Some machines have a /dev/kvm that opens and whose guests hang, so that only a boot shows it. One that failed is remembered
until this machine boots again, because each try costs its whole time limit; one that went well costs nothing and is not
remembered.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SECONDS = 20.0
"""A guest with KVM is there after 3 s."""

_DEVICE = Path("/dev/kvm")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def hoped_for() -> bool:
    """Whether this process may use KVM, and no boot has failed by it since this machine started."""
    if not os.access(_DEVICE, os.R_OK | os.W_OK):
        return False
    try:
        return _remembered().read_text() != _boot()
    except OSError:
        return True


def remember_failure() -> None:
    """Do not try again until this machine boots; where nothing can be written, the next one tries again."""
    with contextlib.suppress(OSError):
        _remembered().parent.mkdir(parents=True, exist_ok=True)
        _remembered().write_text(_boot())


def _remembered() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "barewire" / "kvm-failed"


def _boot() -> str:
    return _BOOT.read_text().strip()
