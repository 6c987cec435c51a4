"""QEMU's command line from a machine as plain data; pure.

A **counted** machine has one virtual CPU, emulated, that executes one instruction in each nanosecond of its time (`-icount
shift=0`), and whose time jumps to the next timer when nothing can run (`sleep=off`); nothing of the host's reaches it but what
barewire sends. Its CPU is the model Nehalem, which every QEMU and host emulates alike. A newer model would have the kernel copy
by `rep movsb`, which counts an instruction for each byte; Nehalem's copies count one for eight, as processors of today need
about one cycle for more than eight. Limit: aarch64 is written down from QEMU's documentation and was not tried.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from barewire.kernels.image import Image
from barewire.testbeds.vm import port

Clock = Literal["wall", "counted"]
Acceleration = Literal["kvm", "tcg"]

SHIFT = 0
"""2**SHIFT ns of virtual time for each instruction."""

_COUNTED = "nokaslr norandmaps mitigations=off nowatchdog tsc=reliable random.trust_cpu=off random.trust_bootloader=off"
"""Nothing drawn at boot, and no defence whose cost depends on which CPU the kernel thinks that it has."""


_CONNTRACK = "nf_conntrack.hashsize=32768"
"""Room for 262,144 connections (eight a bucket), as on a host with more than 4 GiB. The kernel sizes the table by memory, and
a guest of 256 MiB would have 2,048 entries, which a second of new connections fills."""


@dataclass(frozen=True, slots=True)
class Board:
    """What differs by architecture: QEMU's program, its machine, serial console, CPU of a counted and of an emulated VM."""

    program: str
    machine: str
    console: str
    counted_cpu: str
    counted_arguments: str = ""


BOARDS = {
    "x86_64": Board("qemu-system-x86_64", "q35", "ttyS0", "Nehalem", "tsc_early_khz=1000000"),
    "aarch64": Board("qemu-system-aarch64", "virt", "ttyAMA0", "cortex-a57"),
}


@dataclass(frozen=True, slots=True)
class EmulatedMachine:
    """A machine to start. `environment` is what the guest's first program finds in its environment, beside what init.sh sets."""

    image: Image
    initramfs: Path
    board: Board
    init: Path
    busybox: str
    python: str
    clock: Clock = "wall"
    acceleration: Acceleration = "tcg"
    cpus: int = 1
    memory_bytes: int = 1 << 30
    environment: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    """More arguments for QEMU, like a plugin's."""

    @property
    def cpu_model(self) -> str:
        if self.clock == "counted":
            return self.board.counted_cpu
        return "host" if self.acceleration == "kvm" else "max"


def command(machine: EmulatedMachine, port_fd: int, console_fd: int) -> tuple[str, ...]:
    """The argument list of `machine`: requests on the connected socket `port_fd`, the console into the file `console_fd`."""
    counted = machine.clock == "counted"
    acceleration = "kvm" if machine.acceleration == "kvm" else "tcg" if counted else "tcg,thread=multi"
    arguments = [
        machine.board.program, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-name", "barewire", "-machine", machine.board.machine, "-accel", acceleration, "-cpu", machine.cpu_model,
        "-smp", str(1 if counted else machine.cpus), "-m", f"{machine.memory_bytes >> 20}M",
        *_root("initramfs", "/dev/root"), *_root("loose", "barewire.root"),
        "-device", "virtio-serial-pci", "-chardev", f"socket,id=lab,fd={port_fd}",
        "-device", f"virtserialport,chardev=lab,name={port.NAME}",
        "-chardev", f"file,id=console,path=/proc/self/fd/{console_fd}", "-serial", "chardev:console",
        "-kernel", str(machine.image.vmlinuz), "-initrd", str(machine.initramfs), "-append", kernel_arguments(machine),
    ]  # fmt: skip
    if counted:
        arguments += ["-icount", f"shift={SHIFT},sleep=off", "-rtc", "base=2020-01-01,clock=vm"]
    return (*arguments, *machine.extra)


def kernel_arguments(machine: EmulatedMachine) -> str:
    """The kernel's command line. Words that it does not know become its first program's environment."""
    environment = {
        "BUSYBOX": machine.busybox,
        "BAREWIRE_PYTHON": machine.python,
        "BAREWIRE_MODULES": str(machine.image.modules or ""),
        "BAREWIRE_CLOCK": machine.clock,
        **machine.environment,
    }
    words = [f"console={machine.board.console}", "quiet", "panic=-1", _CONNTRACK]
    if machine.clock == "counted":
        words += [_COUNTED, machine.board.counted_arguments]
    words += [f"{name}={_quoted(value)}" for name, value in environment.items() if value]
    return " ".join([*filter(None, words), f"init={machine.busybox}", "--", "sh", str(machine.init)])


def _root(name: str, tag: str) -> list[str]:
    files = f"local,id={name},path=/,security_model=none,readonly=on,multidevs=remap"
    return ["-fsdev", files, "-device", f"virtio-9p-pci,fsdev={name},mount_tag={tag}"]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def shown(command_: tuple[str, ...]) -> str:
    """The command line, quoted for a shell."""
    return shlex.join(command_)
