"""The programs that barewire runs, where they are, and which packages bring them.

nginx and nft live in /usr/sbin, which is not on an ordinary user's path on Debian, so that folder is always looked into. All
that is missing is named at once, with the exact line to type.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from barewire.errors import PrerequisiteError

PACKAGES: Mapping[str, str] = {"nginx": "nginx", "iperf3": "iperf3", "nft": "nftables", "tc": "iproute2"}
"""Debian's and Ubuntu's package for each program."""

_VERSION_OPTION = {"nginx": "-v", "iperf3": "--version", "nft": "--version", "tc": "-V"}
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True, slots=True)
class Program:
    """A program on this machine."""

    name: str
    path: str
    version: str


@cache
def find(name: str) -> Program | None:
    """The program, or None when it is not installed."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS]))
    if path is None:
        return None
    said = subprocess.run([path, _VERSION_OPTION[name]], capture_output=True, text=True, check=False)
    match = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return Program(name, path, match[0] if match else "unknown")


def require(names: Sequence[str]) -> dict[str, Program]:
    """All of `names`; PrerequisiteError that lists every missing one and the line that installs them."""
    found = {name: find(name) for name in names}
    missing = [name for name, program in found.items() if program is None]
    if missing:
        raise PrerequisiteError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            remedy=f"Type: {install_line(missing)}",
        )
    return {name: program for name, program in found.items() if program is not None}


def install_line(names: Sequence[str]) -> str:
    """The command that installs the packages of `names`."""
    packages = " ".join(sorted({PACKAGES[name] for name in names}))
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y --no-install-recommends {packages}"


def versions() -> dict[str, str]:
    """The version of each program that is installed."""
    return {name: program.version for name in PACKAGES if (program := find(name)) is not None}
