"""The C programs need no C library newer than glibc 2.28, that of the release's build image (manylinux_2_28)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import barewire
from barewire.errors import PrerequisiteError
from barewire.kernel import programs

LIBEXEC = Path(barewire.__file__).parent / "libexec"
NEWEST, ARM64 = (2, 28), 183
MOVED = re.compile(r"__libc_start_main|pthread_(?!\w+_clock(wait|lock))\w+|sem_(?!clockwait)\w+|exp|log|pow")
"""glibc 2.29, 2.32 and 2.34 gave these new versions. Linked against an older glibc they have their old ones."""


@pytest.mark.skipif(not shutil.which("objdump"), reason="objdump is not installed (binutils)")
@pytest.mark.parametrize("name", ["barewire-load", "barewire-serve", "barewire-count-1.so", "barewire-count-3.so"])
def test_a_program_needs_no_newer_c_library(name: str) -> None:
    done = subprocess.run(["objdump", "-T", LIBEXEC / name], capture_output=True, text=True, check=True)
    found = re.findall(r"\*UND\*\s+\w+\s+\(?GLIBC_(\d+)\.(\d+)(?:\.\d+)?\)?\s+(\w+)", done.stdout)
    needed = {symbol: (int(major), int(minor)) for major, minor, symbol in found}
    assert len(needed) > 10
    newer = {symbol for symbol, version in needed.items() if version > NEWEST and not MOVED.fullmatch(symbol)}
    assert not newer
    assert {symbol for symbol, version in needed.items() if version > (2, 34)} == set()


@pytest.mark.parametrize("name", sorted(programs.BUILT))
def test_a_static_program_runs_without_a_library(name: str) -> None:
    path = Path(programs.built_static(name, os.uname().machine))
    assert b"/ld-linux" not in path.read_bytes(), "it asks for a loader"
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [name, barewire.__version__]


@pytest.mark.parametrize("name", sorted(programs.BUILT))
def test_a_static_program_for_arm64_runs_there(name: str) -> None:
    """By the emulation of one program, where a compiler for arm64 was there when barewire was built."""
    if os.uname().machine == "aarch64" or not (LIBEXEC / f"{name}-static-aarch64").exists():
        pytest.skip("there was no aarch64-linux-gnu-gcc (Debian: apt-get install gcc-aarch64-linux-gnu)")
    path = Path(programs.built_static(name, "aarch64"))
    content = path.read_bytes()
    assert content[18] == ARM64 and b"/ld-linux" not in content
    emulator = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if emulator is None:
        pytest.skip("there is no qemu-aarch64 (Debian: apt-get install qemu-user)")
    done = subprocess.run([emulator, path, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [name, barewire.__version__]


def test_a_program_built_for_another_machine_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "__file__", str(tmp_path / "kernel" / "programs.py"))
    (tmp_path / "libexec").mkdir()
    file = tmp_path / "libexec" / "barewire-load-static-riscv64"
    file.write_bytes(b"")
    file.chmod(0o755)
    assert programs.built_static("barewire-load", "riscv64") == str(file)


def test_a_static_program_of_another_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PrerequisiteError, match=r"no barewire-load for riscv64.*BAREWIRE_STATIC"):
        programs.built_static("barewire-load", "riscv64")
    monkeypatch.setenv("BAREWIRE_STATIC", str(tmp_path))
    with pytest.raises(PrerequisiteError, match=r"riscv64/barewire-load, which runs on other machines, is missing"):
        programs.built_static("barewire-load", "riscv64")
    (tmp_path / "riscv64").mkdir()
    (tmp_path / "riscv64" / "barewire-load").write_bytes(b"")
    (tmp_path / "riscv64" / "barewire-load").chmod(0o755)
    assert programs.built_static("barewire-load", "riscv64") == str(tmp_path / "riscv64" / "barewire-load")
