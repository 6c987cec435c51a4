"""Wheels of several architectures, each given the static programs of the others: `python -P -m tools.wheels FOLDER`.

A wheel is built on a machine of its architecture, with the programs that a study takes to other machines for that one alone. A
study may be on a laptop of one kind and its machines of another, so a release copies them: `barewire-load-static` of the aarch64
wheel becomes `barewire-load-static-aarch64` in the x86-64 wheel, with its line in RECORD.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

_PLATFORM = re.compile(r"manylinux_\d+_\d+_(?P<architecture>\w+?)(\.|$)")
_STATIC = re.compile(r"(?P<folder>.*/libexec/)(?P<name>[\w-]+)-static")
_EXECUTABLE = 0o100755 << 16


def main() -> int:
    """Exchange the programs of all wheels in a folder, and print what each was given."""
    wheels = {architecture_of(path): path for path in sorted(Path(sys.argv[1]).glob("*.whl"))}
    programs = {architecture: static_programs(path) for architecture, path in wheels.items()}
    for architecture, path in wheels.items():
        added = {
            f"{name}-{other}": content
            for other, found in programs.items()
            for name, content in found.items()
            if other != architecture
        }
        add_files(path, added)
        print(f"{path.name}: {', '.join(sorted(added)) or 'nothing to add'}")
    return 0


def architecture_of(path: Path) -> str:
    """By the platform tag of its name: `x86_64` of `barewire-1.0-cp311-abi3-manylinux_2_28_x86_64.whl`."""
    found = _PLATFORM.search(path.stem.rsplit("-", 1)[1])
    if found is None:
        raise SystemExit(f"{path.name} is not a manylinux wheel")
    return found["architecture"]


def static_programs(path: Path) -> dict[str, bytes]:
    """The programs without shared libraries, by their path in the wheel."""
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist() if _STATIC.fullmatch(name)}


def add_files(path: Path, added: Mapping[str, bytes]) -> None:
    """Write the wheel anew, with these executable files and their hashes in RECORD."""
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename.endswith(".dist-info/RECORD"):
                content += "".join(f"{_record(name, content)}\n" for name, content in added.items()).encode()
            new.writestr(info, content)
        for name, content in added.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr, info.compress_type = _EXECUTABLE, zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    partial.replace(path)


def _record(name: str, content: bytes) -> str:
    """A line of RECORD (PEP 427): urlsafe base64 of the SHA-256, without padding."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


if __name__ == "__main__":
    sys.exit(main())
