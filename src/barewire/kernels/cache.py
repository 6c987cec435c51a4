"""The cache of unpacked kernels, `$XDG_CACHE_HOME/barewire/kernels`: the files of packages that a guest can use.

A package is unpacked beside and renamed into place, so what has its name is whole; a lock keeps two processes from the same work.
The name holds the package's version: what is in use is never written again. Modules of hardware that QEMU does not give are
left out, and the others are unpacked: an emulated guest would take a second for each, and its busybox complains of packed ones.
"""

from __future__ import annotations

import errno
import fcntl
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import IO

from barewire.errors import NO_LOCKS, BarewireError, MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernels.image import Image

_UNFINISHED = ".unfinished-"
_HARDWARE = re.compile(
    r"kernel/(sound|drivers/(?!block/|char/|net/|virtio/|md/|vhost/|ptp/)[^/]+/"
    r"|drivers/net/(ethernet|wireless|wwan|usb|can|hamradio|fddi|arcnet|hippi|ieee802154|thunderbolt|phy|pcs|plip)/)"
)
_STUB_BYTES = 4096
"""Debian's System.map is one line that says where the real one is."""


def report(line: str) -> None:
    """Print a line about a slow step to standard error."""
    print(f"barewire: {line}.", file=sys.stderr, flush=True)


def folder() -> Path:
    """Where the kernels are; PrerequisiteError when it cannot be made or written."""
    root = os.environ.get("XDG_CACHE_HOME") or ""
    place = (Path(root) if root.startswith("/") else Path.home() / ".cache") / "barewire" / "kernels"
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / "lock").touch()
    except OSError as error:
        raise unwritable(place, error) from error
    return place


def unwritable(place: Path, error: OSError) -> PrerequisiteError:
    """The error for a cache that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Make room there (kernels that are not used any more can be removed), or name another disk in XDG_CACHE_HOME"
    elif error.errno in NO_LOCKS:
        remedy = "That file system has no locks: name a folder on a local disk in XDG_CACHE_HOME"
    else:
        remedy = "Name a folder that you may write to in XDG_CACHE_HOME"
    return PrerequisiteError(
        f"the kernels' cache {place} cannot be written", said=error.strerror or str(error), remedy=remedy
    )


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Lock the cache `place`, and remove what an interrupted process has left there."""
    with (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another barewire that fetches a kernel")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise unwritable(place, error) from error
        for left in place.glob(f"{_UNFINISHED}*"):
            with suppress(OSError), _claimed(left):  # somebody's whose work needs no lock on the whole place stays
                shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _claimed(made: Path) -> Iterator[None]:
    """Hold a lock on a folder for as long as its maker lives; BlockingIOError where somebody else does."""
    descriptor = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def workshop(place: Path) -> Iterator[Path]:
    """A folder in `place` for what is not finished; OSErrors in it are reported as the cache's. Under the lock."""
    try:
        made = Path(mkdtemp(prefix=_UNFINISHED, dir=place))
    except OSError as error:
        raise unwritable(place, error) from error
    try:
        with _claimed(made):
            yield made
    except OSError as error:
        raise unwritable(place, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def kept(place: Path) -> Iterator[tuple[str, str, Image]]:
    """Release, version and image of every kernel that was unpacked."""
    for found in sorted(place.glob("linux-image-*_*")):
        release, _, version = found.name.removeprefix("linux-image-").partition("_")
        yield release, version, _image(found, release)


def unpack(packages: Sequence[Path], release: str, version: str, place: Path) -> Image:
    """The kernel of these Debian packages, in `place` for good. The caller holds the lock."""
    depmod = programs.require_path("depmod", "unpacking a kernel")
    final = place / f"linux-image-{release}_{version}"
    with workshop(place) as made:
        for package in packages:
            _extract(package, made)
        if not (made / "lib" / "modules" / release).is_dir() or not (made / "boot" / f"vmlinuz-{release}").is_file():
            raise MeasurementError(
                f"Debian's packages hold no kernel {release} with modules", remedy="Use another version"
            )
        # Some builds of kmod look into usr/lib alone.
        (made / "usr").mkdir()
        (made / "usr" / "lib").symlink_to("../lib")
        said = subprocess.run(
            [depmod, "-b", str(made), release],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if said.returncode:
            raise MeasurementError(f"depmod failed on the kernel {release}", said=said.stderr.strip()[-500:])
        made.chmod(0o755)
        made.rename(final)
    return _image(final, release)


def _image(found: Path, release: str) -> Image:
    symbols = found / "boot" / f"System.map-{release}"
    return Image(
        release=release,
        name=release,
        vmlinuz=found / "boot" / f"vmlinuz-{release}",
        modules=found / "lib" / "modules" / release,
        symbols=symbols if symbols.exists() else None,
    )


def real_symbols(path: Path) -> Path | None:
    """A System.map that is more than a note of where it is."""
    try:
        return path if path.stat().st_size > _STUB_BYTES and os.access(path, os.R_OK) else None
    except OSError:
        return None


def _extract(package: Path, into: Path) -> None:
    """Kernel, configuration, symbols and the modules that matter, from the package's tar as it is read."""
    command = [programs.require_path("dpkg-deb", "unpacking a kernel"), "--fsys-tarfile", str(package)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                for member in tar:
                    name = _wanted(member.name)
                    content = tar.extractfile(member) if name and member.isreg() else None
                    if content is not None:
                        _write(into / name, content)
        except (tarfile.TarError, lzma.LZMAError) as error:
            process.kill()
            raise _damaged(package, str(error)) from error
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise _damaged(package, said)


def _damaged(package: Path, said: str) -> BarewireError:
    return MeasurementError(f"the package {package.name} cannot be unpacked", said=said, remedy="Try again")


def _wanted(name: str) -> str:
    """Where a file of the package goes, below the kernel's folder; empty for those that are left out."""
    parts = [part for part in PurePosixPath(name).parts if part not in (".", "/")]
    if ".." in parts:
        return ""
    if parts[:1] == ["usr"]:
        parts = parts[1:]
    path = "/".join(parts)
    if len(parts) == 2 and parts[0] == "boot":
        return path
    if parts[:2] != ["lib", "modules"] or len(parts) < 4:
        return ""
    if len(parts) == 4 and parts[3] in ("vmlinuz", "config", "System.map"):
        return f"boot/{parts[3]}-{parts[2]}"  # where Debian keeps them since 7.2
    if _HARDWARE.match("/".join(parts[3:])):
        return ""
    return path.removesuffix(".xz")


def _write(path: Path, content: IO[bytes]) -> None:
    data = content.read()
    if data.startswith(b"\xfd7zXZ"):
        data = lzma.decompress(data)
    if path.name.startswith("System.map") and len(data) <= _STUB_BYTES:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
