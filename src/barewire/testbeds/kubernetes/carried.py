"""Programs that are not ours, for pods whose image may be empty: this machine's own, with the shared libraries that they need.

A program without shared libraries is one file. Any other is started by its own loader with the folder of the libraries, so
nothing of the image is used. What is carried goes through the pod's session, because it is larger than a ConfigMap may be.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barewire.errors import PrerequisiteError
from barewire.kernel import programs

CARRIED = ("iperf3",)
"""What can be carried. Servers that read files of the image, like nginx, cannot."""
FOLDER = "/barewire-carried"
"""Where a pod has them: in its memory, and writable, which programs take for their temporary files."""


@dataclass(frozen=True, slots=True)
class CarriedProgram:
    """A program for pods: `files` by name, and the words that start it in `FOLDER`."""

    name: str
    words: tuple[str, ...]
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files.values()))


def carry(name: str, architecture: str) -> CarriedProgram:
    """This machine's program for nodes of `architecture` (as `uname -m` prints it); PrerequisiteError where it has none for them.

    `$BAREWIRE_STATIC` may name a folder with ARCHITECTURE/NAME, a build without shared libraries."""
    if (folder := os.environ.get("BAREWIRE_STATIC")) and (given := Path(folder, architecture, name)).exists():
        return _whole(name, given)
    if architecture != os.uname().machine:
        raise PrerequisiteError(
            f"there is no {name} for {architecture}, the architecture of the nodes", said=f"this machine is {os.uname().machine}",
            remedy=f"Leave out the workloads that run it (tcp-stream) with --workloads, or name a folder that holds "
            f"{architecture}/{name}, built without shared libraries, in BAREWIRE_STATIC",
        )  # fmt: skip
    path = Path(programs.require_path(name, "tcp-stream in a cluster, which sends it to the pods,")).resolve()
    listed = subprocess.run(["ldd", str(path)], capture_output=True, text=True, errors="replace", check=False)
    if listed.returncode != 0:
        return _whole(name, path)
    loader, libraries = parse_ldd(listed.stdout)
    if absent := [one for one, where in libraries.items() if not where]:
        raise PrerequisiteError(
            f"{path} lacks its library {absent[0]}", remedy=f"Install {name} again: `{programs.install_line([name])}`"
        )
    if not loader:
        return _whole(name, path)
    files = {one: Path(where).read_bytes() for one, where in libraries.items()}
    start = Path(loader).name
    files |= {start: Path(loader).read_bytes(), name: path.read_bytes()}
    return CarriedProgram(name, (f"{FOLDER}/{start}", "--library-path", FOLDER, f"{FOLDER}/{name}"), files)


def parse_ldd(text: str) -> tuple[str, dict[str, str]]:
    """The loader and the libraries by name, from what `ldd` prints; an empty path for one that was not found."""
    loader, libraries = "", {}
    for line in map(str.strip, text.splitlines()):
        if found := re.fullmatch(r"(\S+) => (/\S+|not found)(?: \(0x[0-9a-f]+\))?", line):
            name, where = found.groups()
            if name.startswith("/"):  # musl's loader is its C library, under both names
                loader = loader or where
            else:
                libraries[name] = "" if where == "not found" else where
        elif found := re.fullmatch(r"(/\S+) \(0x[0-9a-f]+\)", line):
            loader = found[1]
    return loader, libraries


def _whole(name: str, path: Path) -> CarriedProgram:
    return CarriedProgram(name, (f"{FOLDER}/{name}",), {name: path.read_bytes()})
