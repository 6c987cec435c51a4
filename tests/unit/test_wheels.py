"""Wheels of two architectures get each other's static programs: executable, and with hashes in RECORD."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import pytest

from tools import wheels

PROGRAMS = ("barewire-agent", "barewire-load")


def wheel(folder: Path, platform: str, word: bytes) -> Path:
    path = folder / f"barewire-1.0-cp311-abi3-{platform}.whl"
    with zipfile.ZipFile(path, "w") as made:
        for name in PROGRAMS:
            made.writestr(f"barewire/libexec/{name}", word)
            made.writestr(f"barewire/libexec/{name}-static", word + name.encode())
        made.writestr("barewire-1.0.dist-info/RECORD", "barewire/__init__.py,,\n")
    return path


def test_each_wheel_gets_the_programs_of_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intel = wheel(tmp_path, "manylinux_2_28_x86_64", b"intel ")
    arm = wheel(tmp_path, "manylinux_2_17_aarch64.manylinux_2_28_aarch64", b"arm ")
    monkeypatch.setattr(sys, "argv", ["wheels", str(tmp_path)])
    assert wheels.main() == 0
    for path, other, word in ((intel, "aarch64", b"arm "), (arm, "x86_64", b"intel ")):
        with zipfile.ZipFile(path) as found:
            record = dict(
                row[:2] for row in csv.reader(io.StringIO(found.read("barewire-1.0.dist-info/RECORD").decode()))
            )
            for name in PROGRAMS:
                inside = f"barewire/libexec/{name}-static-{other}"
                content = found.read(inside)
                assert content == word + name.encode()
                assert found.getinfo(inside).external_attr >> 16 & 0o111
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
                assert record[inside] == f"sha256={digest}"


def test_a_wheel_of_another_platform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not a manylinux wheel"):
        wheels.architecture_of(wheel(tmp_path, "linux_x86_64", b""))
