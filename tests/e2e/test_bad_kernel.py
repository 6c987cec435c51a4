"""A kernel that is not available or does not boot is reported in one sentence with what to do, before anything is measured."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from barewire.kernel import programs
from tests.support import debian
from tests.support.command import TINY, barewire, barewire_inside

UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ("newest", ("'newest' names no kernel", "6.12, host, or PATH")),
        ("./none", ("there is no kernel", "vmlinuz or bzImage")),
        ("/etc/passwd", ("/etc/passwd is not a Linux kernel",)),
        ("/etc/passwd:/none", ("/etc/passwd is not a Linux kernel",)),
    ],
)
def test_what_is_no_kernel_is_refused(tmp_path: Path, kernel: str, words: tuple[str, ...]) -> None:
    out = tmp_path / "run"
    done = barewire_inside("study", *TINY, "--kernel", kernel, "--networks", "host,ptp", "--out", str(out))
    assert done.code == 2, done.err
    assert all(word in done.sentence for word in words), done.sentence
    assert not out.exists()


@pytest.mark.kernel
def test_without_qemu_the_exact_line_to_type_is_said(tmp_path: Path) -> None:
    path = tmp_path / "vmlinuz"
    path.write_bytes(debian.bzimage("6.19.0"))
    qemu = programs.located("qemu-system-x86_64")
    hide = f"mount --bind /dev/null {Path(qemu).resolve()} && " if qemu else ""
    before = [*UNSHARE, "sh", "-c", f'{hide}exec "$@"', "sh"]
    done = barewire(
        "study", *TINY, "--kernel", str(path), "--networks", "host,ptp", "--out", str(tmp_path / "run"), before=before
    )
    assert done.code == 2, done.err
    assert (
        "a VM takes qemu-system-" in done.sentence
        and "apt-get install" in done.sentence
        and "qemu-system-x86" in done.err
    )


@pytest.mark.vm
@pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="there is no QEMU")
@pytest.mark.skipif(shutil.which("busybox") is None, reason="there is no busybox")
def test_a_kernel_without_9p_is_refused_with_what_to_build(tmp_path: Path) -> None:
    path = tmp_path / "bzImage"
    path.write_bytes(debian.bzimage("6.19.0"))
    modules = debian.tree(tmp_path, "6.19.0", ["drivers/virtio/virtio_pci"])
    (modules / "modules.dep").write_text("kernel/drivers/virtio/virtio_pci.ko:\n")
    kernel = f"{path}:{modules}"
    done = barewire_inside("study", *TINY, "--kernel", kernel, "--networks", "host,ptp", "--out", str(tmp_path / "run"))
    assert done.code == 2, done.err
    assert "has no virtio_console, 9pnet_virtio, 9p, overlay" in done.sentence
    assert "CONFIG_9P_FS" in done.sentence
