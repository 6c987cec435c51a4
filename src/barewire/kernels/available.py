"""Find the kernels that can be booted here, and the one that a text names.

`6.12` is the newest such version of /boot, of the cache and of Debian's archive; a whole release (`6.12.117+deb13-amd64`) is
taken from the nearest of the three without asking the others, so that it never moves. Where the archive is away, what is here
serves.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError, UsageError
from barewire.kernels import cache, vmlinuz
from barewire.kernels.archive import Archive, Package, order
from barewire.kernels.image import Image

HOST = "host"
_BOOT, _LIB = Path("/boot"), Path("/lib/modules")


@dataclass(frozen=True, slots=True)
class Known:
    """A kernel that can be had: `where` is `boot`, `cache` or `archive`; `package` is what is to be fetched first, `image` what
    can be booted now, `trouble` why it cannot although it is there."""

    release: str
    version: str
    where: Literal["boot", "cache", "archive"]
    image: Image | None = None
    package: Package | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """All available kernels, oldest first, and notes on why others are missing."""

    kernels: tuple[Known, ...]
    notes: tuple[str, ...] = ()


def find(text: str) -> Image:
    """The kernel that `text` names: a version, a release, `host`, or `PATH[:MODULES]`.

    UsageError if there is none, PrerequisiteError if it cannot be used, MeasurementError if it cannot be downloaded.
    """
    text = settled(text)
    if "/" in text:
        return _by_path(text)
    if text == HOST:
        return _host()
    if not re.match(r"\d+\.\d+", text):
        raise UsageError(
            f"{text!r} names no kernel", remedy="Write a version like 6.12, host, or PATH-to-vmlinuz[:modules-dir]"
        )
    here = [known for known in near() if known.image is not None]
    for known in here:
        if known.release == text and known.image:
            return replace(known.image, name=text)
    notes: list[str] = []
    far = _far(notes)
    # Of equals the nearest: max() keeps the first.
    matching = [known for known in (*here, *far) if _matches(text, known)]
    if not matching:
        raise _none(text, (*here, *far), notes)
    best = max(matching, key=lambda known: order(known.version))
    for note in notes:
        cache.report(f"{note.rstrip('.')}; taking {best.release}, which is here")
    if best.image is not None:
        return replace(best.image, name=text)
    assert best.package is not None
    try:
        return replace(Archive(cache.folder()).fetch(best.package), name=text)
    except MeasurementError as error:
        older = [known for known in matching if known.image is not None]
        if not older:
            raise
        last = max(older, key=lambda known: order(known.version))
        cache.report(f"{str(error).rstrip('.')}; taking {last.release}, which is here")
        assert last.image is not None
        return replace(last.image, name=text)


def settled(text: str) -> str:
    """`text` with absolute paths, so that it names the same kernel from every directory."""
    parts = text.rpartition(":") if ":" in text else (text, "", "")
    is_version = re.match(r"\d+\.\d+", text)
    if "/" not in text and (text == HOST or is_version or not Path(parts[0]).is_file()):
        return text
    return "".join(part if part in ("", ":") else str(Path(part).expanduser().absolute()) for part in parts)


def listed() -> Listing:
    """Every kernel of /boot, of the cache and of the archive; a release that is in several, at the nearest."""
    notes: list[str] = []
    found: dict[tuple[str, str], Known] = {}
    for known in (*near(), *_far(notes)):
        found.setdefault((known.release, known.version), known)
    return Listing(tuple(sorted(found.values(), key=lambda known: order(known.version))), tuple(notes))


def _matches(text: str, known: Known) -> bool:
    """`6.1` is 6.1.176 and 6.1.0-50-amd64, and not 6.12."""
    return any(name.startswith(text) and not name[len(text) :][:1].isdigit() for name in (known.release, known.version))


def near() -> list[Known]:
    """The kernels that need no download: this system's own (/boot, or next to the modules) first, then the cache."""
    found = []
    places = {path.parent.name: path for path in sorted(_LIB.glob("*/vmlinuz"))}
    places |= {path.name.removeprefix("vmlinuz-"): path for path in sorted(_BOOT.glob("vmlinuz-*"))}
    for release, path in places.items():
        try:
            version = vmlinuz.read(path)
            image = _with_modules(version.release, path, _LIB / version.release)
            found.append(Known(version.release, version.version, "boot", image))
        except BarewireError as error:
            found.append(Known(release, release, "boot", trouble=str(error)))
    try:
        place = cache.folder()
    except PrerequisiteError:
        return found  # reported where it is needed
    found.extend(Known(release, version, "cache", image) for release, version, image in cache.kept(place))
    return found


def _far(notes: list[str]) -> list[Known]:
    """What the archive has; why it has nothing is added to `notes`."""
    try:
        packages = Archive(cache.folder()).packages()
    except BarewireError as error:
        notes.append(str(error))
        return []
    return [Known(package.release, package.version, "archive", package=package) for package in packages]


def _none(text: str, known: tuple[Known, ...], notes: list[str]) -> BarewireError:
    versions = sorted({match[0] for one in known if (match := re.match(r"\d+\.\d+", one.version))}, key=order)
    there = f"There are {', '.join(versions)}" if versions else "Name one by its path: --kernel PATH-to-vmlinuz"
    if notes:
        return PrerequisiteError(f"no kernel {text} is here", said=" ".join(notes).rstrip("."), remedy=there)
    return UsageError(
        f"there is no kernel {text}",
        where="/boot, the cache and Debian's archive",
        remedy=f"{there}; see barewire kernels",
    )


def _host() -> Image:
    """This machine's running kernel."""
    release = platform.release()
    for path in (_BOOT / f"vmlinuz-{release}", _LIB / release / "vmlinuz"):
        if path.exists():
            version = vmlinuz.read(path)
            return replace(_with_modules(version.release, path, _LIB / version.release), name=HOST)
    raise PrerequisiteError(
        f"this machine's kernel {release} is not on its disk (no {_BOOT}/vmlinuz-{release})",
        remedy="Name another, like --kernel 6.12",
    )


def _by_path(text: str) -> Image:
    """`PATH` or `PATH:MODULES`, settled, where MODULES is lib/modules/RELEASE or what lib/modules is in."""
    name, _, folder = text.rpartition(":") if ":" in text else (text, "", "")
    path = Path(name)
    version = vmlinuz.read(path)
    if folder:
        return replace(_with_modules(version.release, path, _modules(Path(folder), version.release)), name=text)
    beside = path.resolve().parent.parent / "lib" / "modules" / version.release
    image = Image(version.release, text, path, None, _symbols(path, version.release))
    return _with_modules(version.release, path, beside, text) if beside.is_dir() else image


def _modules(folder: Path, release: str) -> Path:
    for found in (folder, folder / release, folder / "lib" / "modules" / release):
        if found.is_dir() and found.resolve().name == release:
            return found.resolve()
    raise UsageError(
        f"{folder} holds no modules of the kernel {release}",
        remedy=f"Give the folder that `make modules_install INSTALL_MOD_PATH=FOLDER` has made, or .../lib/modules/{release}",
    )


def _with_modules(release: str, path: Path, modules: Path, name: str = "") -> Image:
    if not modules.is_dir():
        raise PrerequisiteError(
            f"the kernel {release} has no modules in {modules}", remedy="Install them, or use another kernel"
        )
    if not (modules / "modules.dep").is_file():
        root = modules.parent.parent.parent
        raise PrerequisiteError(
            f"the modules in {modules} are not indexed", remedy=f"Type `depmod -b {root} {release}`"
        )
    return Image(release, name or release, path, modules, _symbols(path, release))


def _symbols(path: Path, release: str) -> Path | None:
    for found in (path.with_name(f"System.map-{release}"), path.with_name("System.map")):
        if real := cache.real_symbols(found):
            return real
    return None
