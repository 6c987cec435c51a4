"""What travels to a machine: the part of this package that runs there, pyroute2, and the C programs without shared libraries.

All of it is Python source, so that any Python from 3.11 on runs it, and nothing is installed: it is unpacked into a folder that
goes with the study. `BOOTSTRAP` is the program that receives it, small enough for a command line.
"""

from __future__ import annotations

import io
import shlex
import tarfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import barewire
from barewire.errors import PrerequisiteError
from barewire.kernel import programs
from barewire.testbeds.ssh.frames import READY

PARTS = ("__init__.py", "errors.py", "units.py", "kernel", "model", "testbeds/__init__.py", "testbeds/testbed.py",
         "testbeds/inside", "testbeds/ssh")  # fmt: skip
"""What of the package a lab takes."""

MODULE = "barewire.testbeds.ssh.agent"
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/root")
"""Where the folder may be: the first that can be written to and that lets programs run."""

BOOTSTRAP = f"""
import os, sys, json, tempfile
u = os.uname()
facts = dict(python=list(sys.version_info[:2]), machine=u.machine, release=u.release, uid=os.geteuid())
print("{READY}" + json.dumps(facts), flush=True)
def take(n):
    got = b""
    while len(got) < n:
        piece = os.read(0, n - len(got))
        if not piece: sys.exit(0)
        got += piece
    return got
size = int(take(16))
import io, tarfile
data = take(size)
for place in {FOLDERS!r}:
    try:
        folder = tempfile.mkdtemp(prefix="barewire-", dir=place)
    except OSError:
        continue
    if not os.statvfs(folder).f_flag & os.ST_NOEXEC:
        break
    os.rmdir(folder)
else:
    sys.exit("barewire: no folder of {", ".join(FOLDERS)} lets programs run")
tarfile.open(fileobj=io.BytesIO(data)).extractall(folder)
env = dict(os.environ, PYTHONPATH=folder, PYTHONDONTWRITEBYTECODE="1")
os.chdir("/")
os.execve(sys.executable, [sys.executable, "-P", "-s", "-m", "{MODULE}", folder], env)
"""


def command() -> str:
    """What a login shell is asked to run. PATH may lack what is beside a system's own Python."""
    return f"exec python3 -c {shlex.quote(BOOTSTRAP)}"


@cache
def archive(architecture: str) -> bytes:
    """The archive for machines of `architecture`, compressed; PrerequisiteError if there are no programs for it."""
    root = Path(barewire.__file__).parent
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as tar:
        for part in PARTS:
            _add(tar, root / part, f"barewire/{part}")
        _add(tar, _pyroute2(), "pyroute2")
        for name in programs.IN_LABS:
            tar.add(programs.built_static(name, architecture), f"barewire/libexec/{name}", filter=_plain)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for one in files:
        if "__pycache__" not in one.parts and one.suffix != ".pyc":
            inside = name if one == path else f"{name}/{one.relative_to(path)}"
            tar.add(one, inside, filter=_plain)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o755 if info.mode & 0o111 else 0o644
    return info


def _pyroute2() -> Path:
    spec = find_spec("pyroute2")
    if spec is None or not spec.submodule_search_locations:
        raise PrerequisiteError("pyroute2 is not installed", remedy="Install barewire again: it depends on it")
    return Path(next(iter(spec.submodule_search_locations)))
