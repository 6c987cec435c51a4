"""The first root of a guest, made by virtme-ng: busybox, and the modules that it takes to mount this machine's own root.

virtme-ng is run as a program of its own, and knows where QEMU's devices want which module. Its options here make it write the
initramfs and run nothing. One is kept for each kernel; a new virtme-ng, busybox or kernel makes another.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernels import cache
from barewire.kernels.image import Image

NEEDED = {
    "virtio_pci": "CONFIG_VIRTIO_PCI",
    "virtio_console": "CONFIG_VIRTIO_CONSOLE",
    "9pnet_virtio": "CONFIG_NET_9P_VIRTIO",
    "9p": "CONFIG_9P_FS",
    "overlay": "CONFIG_OVERLAY_FS",
}
"""The modules without which no guest comes up, and what a kernel's configuration calls them."""

_SECONDS = 60


def initramfs(image: Image) -> Path:
    """Return the kernel's initramfs, which is made if it is missing.

    PrerequisiteError without busybox, kmod, file, QEMU or what the kernel lacks; MeasurementError when virtme-ng fails."""
    lacking = missing(image)
    if lacking:
        raise PrerequisiteError(
            f"the kernel {image.release} cannot mount this machine's root: it has no {', '.join(lacking)}",
            remedy=f"Build it with {', '.join(NEEDED[name] for name in lacking)}, or ask for another, like 6.12",
        )
    busybox = programs.require_path("busybox", "a kernel of its own")
    if _wants_libraries(Path(busybox)):
        raise PrerequisiteError(
            f"{busybox} is dynamically linked, and an initramfs has no libraries",
            remedy=f"Type `{programs.install_line(['busybox'])}`",
        )
    programs.require_paths(
        ["modprobe", "file"], "a kernel of its own"
    )  # virtme-ng asks `file` which release a kernel is
    place = cache.folder()
    final = place / f"initramfs-{image.release}-{_key(image, Path(busybox))}"
    if not final.exists():
        with cache.workshop(place) as made:
            _make(image, made).rename(final)
    return final


def missing(image: Image) -> list[str]:
    """Of what a guest needs, what the kernel has neither as a module nor built in; none are known of one without modules."""
    if image.modules is None:
        return []
    there = set()
    for index in ("modules.dep", "modules.builtin"):
        try:
            lines = (image.modules / index).read_text().splitlines()
        except OSError:
            continue
        there |= {re.sub(r"\.ko.*", "", line.partition(":")[0].rpartition("/")[2]).replace("-", "_") for line in lines}
    return [name for name in NEEDED if name not in there]


def _make(image: Image, made: Path) -> Path:
    """virtme-ng looks for modules beside the folder of the kernel, and takes the kernel's release from its name."""
    kernel = made / "root" / "boot" / f"vmlinuz-{image.release}"
    kernel.parent.mkdir(parents=True)
    kernel.symlink_to(image.vmlinuz)
    if image.modules is not None:
        folder = made / "root" / "lib" / "modules" / image.release
        folder.parent.mkdir(parents=True)
        folder.symlink_to(image.modules)
    written = made / "initramfs"
    command = [
        sys.executable, "-P", "-m", "virtme.commands.run", "--kimg", str(kernel), "--mods", "auto", "--force-initramfs",
        "--force-9p", "--overlay-rwdir=/etc", "--disable-kvm", "--memory", "1G", "--save-initramfs", str(written),
        "--dry-run", "--show-command", "--script-sh", "true",
    ]  # fmt: skip
    said = subprocess.run(
        command,
        cwd=made,
        env={**os.environ, "PATH": programs.search_path()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_SECONDS,
    )
    if said.returncode or not written.exists() or written.stat().st_size == 0:
        lines = said.stderr.strip().splitlines()
        raise MeasurementError(
            f"virtme-ng made no initramfs for the kernel {image.release}",
            said=lines[-1].removeprefix("virtme-run: ") if lines else "",
            remedy=f"Are QEMU and busybox-static there? `{programs.install_line(['busybox', 'modprobe', 'file', _qemu()])}`",
        )
    return written


def _wants_libraries(program: Path) -> bool:
    """Whether a program names a dynamic loader, which an ELF does within its first page."""
    with program.open("rb") as file:
        return b"/ld-" in file.read(4096)


def _qemu() -> str:
    return f"qemu-system-{os.uname().machine}" if os.uname().machine in ("x86_64", "aarch64") else "qemu-system-x86_64"


def _key(image: Image, busybox: Path) -> str:
    """What the initramfs depends on."""
    files = [image.vmlinuz, busybox, *([image.modules / "modules.dep"] if image.modules else [])]
    stamps = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr((image.release, metadata.version("virtme-ng"), stamps)).encode()).hexdigest()[:16]
