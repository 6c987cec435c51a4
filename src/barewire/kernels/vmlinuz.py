"""Read the release and the build of a kernel from its file.

An x86 bzImage has both in its header (Documentation/arch/x86/boot.rst, `kernel_version`). An arm64 image has them only in what
it unpacks to, so there the file's name `vmlinuz-RELEASE` or the folder of its modules must do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from barewire.errors import PrerequisiteError, UsageError

_MAGIC, _MAGIC_AT = b"HdrS", 0x202
_VERSION_AT, _SETUP = 0x20E, 0x200
_ARM_MAGIC, _ARM_MAGIC_AT = b"ARM\x64", 56
_ZBOOT_MAGIC, _ZBOOT_MAGIC_AT = b"zimg", 4
_HEAD_BYTES = 64 * 1024
_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class KernelVersion:
    """`release` as `uname -r` prints it; `version` is the build's own number (Debian's `6.1.176-1`) where the kernel names one,
    else the release."""

    release: str
    version: str


def read(path: Path) -> KernelVersion:
    """What the kernel at `path` says; UsageError when it is no kernel that can be started, PrerequisiteError when it may not
    be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except PermissionError as error:
        raise PrerequisiteError(
            f"the kernel {path} may not be read", said=error.strerror or "",
            remedy=f"Run barewire as root, or make it readable: `sudo chmod a+r {path}`",
        ) from error  # fmt: skip
    except FileNotFoundError:
        raise UsageError(f"there is no kernel {path}", remedy="Give the path of a vmlinuz or bzImage") from None
    except OSError as error:
        raise UsageError(f"cannot read the kernel {path}", said=error.strerror or "") from error
    if head[_MAGIC_AT : _MAGIC_AT + 4] == _MAGIC:
        return _version_in_header(path, head)
    if head[_ARM_MAGIC_AT:][:4] == _ARM_MAGIC or head[_ZBOOT_MAGIC_AT:][:4] == _ZBOOT_MAGIC:
        release = path.name.partition("-")[2]
        return KernelVersion(release, release)
    if head.startswith(_ELF):
        remedy = "An uncompressed vmlinux is not started; give arch/x86/boot/bzImage of the same build"
    else:
        remedy = "Give the path of a vmlinuz or bzImage"
    raise UsageError(f"{path} is not a Linux kernel that can be started", remedy=remedy)


def _version_in_header(path: Path, head: bytes) -> KernelVersion:
    at = int.from_bytes(head[_VERSION_AT : _VERSION_AT + 2], "little") + _SETUP
    banner = head[at:].partition(b"\0")[0].decode("ascii", "replace")
    release = banner.partition(" ")[0]
    if not re.match(r"\d+\.\d+", release):
        raise UsageError(
            f"{path} does not say which kernel it is", remedy="Give a bzImage as the kernel's build makes it"
        )
    build = re.search(r"(?:Debian|Ubuntu) (\d\S+)", banner)
    return KernelVersion(release, build[1] if build else release)
