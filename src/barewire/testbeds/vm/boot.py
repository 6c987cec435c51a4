"""Prepare and boot a VM: find programs, check memory, try KVM with a timeout.

KVM is used only if it boots a guest; if none answers before the timeout, the fallback is emulation.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernels.image import Image
from barewire.kernels.initramfs import initramfs
from barewire.testbeds.vm import acceleration, qemu
from barewire.testbeds.vm.machine import VirtualMachine

LEAST_MEMORY_BYTES = 256 << 20

_BESIDE_QEMU = ("busybox", "modprobe", "file")
_PASSED_ON = ("PYTHONPATH", "BAREWIRE_LOAD", "BAREWIRE_SERVE")


def board() -> qemu.Board:
    """QEMU for this machine's architecture; PrerequisiteError without one, or without what it takes beside it."""
    found = qemu.BOARDS.get(platform.machine())
    if found is None:
        raise PrerequisiteError(f"a VM on {platform.machine()} is not supported", remedy="Use --kernel host")
    programs.require_paths([found.program, *_BESIDE_QEMU], "a VM")
    return found


def boot(
    image: Image, clock: qemu.Clock, memory_bytes: int, extra: tuple[str, ...], say: Callable[[str], None]
) -> VirtualMachine:
    """A running VM; PrerequisiteError or MeasurementError with what stands in the way."""
    on = board()
    busybox = programs.require_path("busybox", "a VM")
    _room(memory_bytes)
    made = qemu.EmulatedMachine(
        image, initramfs(image), on, Path(__file__).with_name("init.sh"), busybox, sys.executable, clock,
        cpus=min(4, len(os.sched_getaffinity(0))), memory_bytes=memory_bytes,
        environment=_passed_on(), extra=extra,
    )  # fmt: skip
    if clock == "counted" or not acceleration.hoped_for():
        return VirtualMachine(made)
    try:
        found = VirtualMachine(replace(made, acceleration="kvm"), acceleration.SECONDS)
    except MeasurementError as error:
        acceleration.remember_failure()
        say(
            f"/dev/kvm is there but booted no guest within {acceleration.SECONDS:g} s ({error.said.partition(';')[0]}): emulating"
        )
        return VirtualMachine(made)
    return found


def _passed_on() -> dict[str, str]:
    """What a developer has set to run another build; the guest's first program starts in another folder."""
    return {
        name: ":".join(os.path.abspath(part) for part in os.environ[name].split(":"))  # noqa: PTH100
        for name in _PASSED_ON
        if os.environ.get(name)
    }


def _room(memory_bytes: int) -> None:
    if memory_bytes < LEAST_MEMORY_BYTES:
        raise PrerequisiteError(
            f"a VM with {memory_bytes >> 20} MiB cannot boot", remedy=f"Give it {LEAST_MEMORY_BYTES >> 20} MiB or more"
        )
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable" and int(value.split()[0]) * 1024 < memory_bytes:
            raise PrerequisiteError(
                f"a VM with {memory_bytes >> 20} MiB does not fit into the free memory",
                said=f"{int(value.split()[0]) >> 10} MiB are",
                remedy="End other programs, or run the study where more is free",
            )
