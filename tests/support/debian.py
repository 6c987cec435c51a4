"""A small archive of Debian's on this machine's disk: real packages and indices, that apt reads like any mirror.

apt is led to it by a configuration of its own (`APT_CONFIG`), as a user's mirror would be, so nothing of barewire is replaced.
Kernels in it have a header like a bzImage's and modules that are empty but for what depmod reads.
"""

from __future__ import annotations

import hashlib
import lzma
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from barewire.kernels.archive import ARCHITECTURES, SECURITY_SUITES, SUITES

ARCHITECTURE = ARCHITECTURES.get(platform.machine(), "amd64")
MODULES = (
    "net/9p/9pnet_virtio", "fs/9p/9p", "fs/overlayfs/overlay", "drivers/virtio/virtio_pci", "drivers/char/virtio_console",
    "drivers/net/ipvlan/ipvlan", "drivers/net/ethernet/intel/e1000", "sound/soundcore",
)  # fmt: skip

# The least that depmod takes for a module: an ELF header of this machine's class without sections.
_ELF = (
    b"\x7fELF\x02\x01\x01"
    + bytes(9)
    + (1).to_bytes(2, "little")
    + (62).to_bytes(2, "little")
    + (1).to_bytes(4, "little")
)
_MODULE = _ELF + bytes(64 - len(_ELF))


def bzimage(release: str, version: str = "") -> bytes:
    """A file that says of itself what a kernel's does, and boots nothing."""
    banner = f"{release} (somebody@somewhere) #1 SMP Debian {version or release} (2026-01-01)\0".encode()
    head = bytearray(0x400)
    head[0x202:0x206] = b"HdrS"
    head[0x20E:0x210] = (0x100).to_bytes(2, "little")
    head[0x300 : 0x300 + len(banner)] = banner
    return bytes(head)


def tree(folder: Path, release: str, modules: Iterable[str] = MODULES, *, packed: bool = False) -> Path:
    """`lib/modules/RELEASE` below `folder`, as a kernel's build installs it; its path."""
    found = folder / "lib" / "modules" / release
    for name in modules:
        path = found / "kernel" / f"{name}.ko{'.xz' if packed else ''}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(_MODULE) if packed else _MODULE)
    (found / "modules.order").write_text("".join(f"kernel/{name}.ko\n" for name in modules))
    (found / "modules.builtin").touch()
    return found


class Archive:
    """A mirror below `folder`; `publish` writes what apt reads of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "debian"
        self.root.mkdir(parents=True)
        self.configuration = folder / "apt.conf"
        (folder / "sources.list").write_text(
            f"deb file:{self.root} bookworm main\ndeb file:{self.root}/debian-security bookworm-security main\n"
        )
        # The machine's own sources lead here; nobody has signed it.
        self.configuration.write_text(
            f'Dir::Etc::sourcelist "{folder}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n'
            'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n'
        )
        self._entries: list[str] = []

    def kernel(self, release: str, version: str, *, packed: bool = False) -> None:
        """A kernel as one package."""
        work = self.root / "work" / release
        tree(work / "usr" if packed else work, release, packed=packed)
        (work / "boot").mkdir(parents=True)
        (work / "boot" / f"vmlinuz-{release}").write_bytes(bzimage(release, version))
        (work / "boot" / f"System.map-{release}").write_text("the real one is elsewhere\n")
        self._package(work, f"linux-image-{release}", version, ballast=1_200_000)

    def kernel_in_parts(self, release: str, version: str) -> None:
        """A kernel as Debian packs them since 7.2."""
        for part in ("image", "base", "binary", "modules"):
            work = self.root / "work" / f"{part}-{release}"
            folder = work / "usr" / "lib" / "modules" / release
            folder.mkdir(parents=True)
            if part == "binary":
                (folder / "vmlinuz").write_bytes(bzimage(release, version))
            elif part == "base":
                (folder / "modules.builtin").touch()
                (folder / "config").touch()
            elif part == "modules":
                tree(work / "usr", release, packed=True)
                (folder / "modules.builtin").unlink()
            self._package(work, f"linux-{part}-{release}", version)

    def name_only(self, release: str, version: str) -> None:
        """What is left of a superseded kernel: a package that names others which are gone."""
        work = self.root / "work" / f"name-{release}"
        work.mkdir(parents=True)
        self._package(work, f"linux-image-{release}", version)

    def publish(self) -> Mapping[str, str]:
        """Indices of every suite that barewire asks for; the environment in which apt finds them."""
        for root, suites in ((self.root, SUITES), (self.root / "debian-security", SECURITY_SUITES)):
            for suite in suites:
                packages = "\n".join(self._entries) if suite == "trixie" else ""
                folder = root / "dists" / suite
                index = folder / "main" / f"binary-{ARCHITECTURE}" / "Packages"
                index.parent.mkdir(parents=True, exist_ok=True)
                index.write_text(packages)
                digest = hashlib.sha256(packages.encode()).hexdigest()
                (folder / "Release").write_text(
                    f"Suite: {suite}\nCodename: {suite}\nArchitectures: {ARCHITECTURE}\nComponents: main\n"
                    "Date: Thu, 01 Jan 2026 00:00:00 UTC\n"
                    f"SHA256:\n {digest} {len(packages.encode())} main/binary-{ARCHITECTURE}/Packages\n"
                )
        return {"APT_CONFIG": str(self.configuration)}

    def packages(self) -> list[Path]:
        """The files that are downloaded."""
        return sorted(self.root.glob("*.deb"))

    def _package(self, work: Path, name: str, version: str, ballast: int = 0) -> None:
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: {ARCHITECTURE}\n"
            "Maintainer: Nobody <nobody@example.org>\nDescription: a kernel for tests\n"
        )
        (work / "DEBIAN").mkdir()
        (work / "DEBIAN" / "control").write_text(control)
        if ballast:  # a kernel is distinguished from a mere name by its size
            (work / "usr" / "share").mkdir(parents=True, exist_ok=True)
            (work / "usr" / "share" / "ballast").write_bytes(bytes(ballast))
        path = self.root / f"{name}.deb"
        subprocess.run(
            ["dpkg-deb", "-Znone", "--root-owner-group", "--build", work, path], check=True, capture_output=True
        )
        data = path.read_bytes()
        self._entries.append(
            f"{control}Filename: {path.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
