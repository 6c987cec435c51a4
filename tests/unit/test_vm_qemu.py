"""QEMU's command line: what a machine is made of, as a person would have to type it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from barewire.errors import MeasurementError
from barewire.kernels.image import Image
from barewire.testbeds.vm import qemu
from barewire.testbeds.vm.machine import VirtualMachine

RELEASE = "6.12.1-amd64"
IMAGE = Image(RELEASE, "6.12", Path("/boot/vmlinuz"), Path("/lib/modules") / RELEASE)
WALL = qemu.EmulatedMachine(
    IMAGE,
    Path("/initramfs"),
    qemu.BOARDS["x86_64"],
    Path("/barewire/init.sh"),
    "/bin/busybox",
    "/usr/bin/python3",
    cpus=2,
)
COUNTED = replace(WALL, clock="counted")


def options(machine: qemu.EmulatedMachine) -> dict[str, str]:
    """Every option with its value; for one that is there more than once, the last."""
    words = qemu.command(machine, 7, 8)
    return {word: words[i + 1] for i, word in enumerate(words[:-1]) if word.startswith("-")}


def test_a_vm_has_no_network_no_disk_and_nothing_unrequested() -> None:
    words = qemu.command(WALL, 7, 8)
    assert {"-nodefaults", "-no-user-config", "-no-reboot"} <= set(words)
    assert not {"-netdev", "-nic", "-drive", "-hda", "-net"} & set(words)


def test_every_root_that_the_guest_sees_is_read_only() -> None:
    words = qemu.command(WALL, 7, 8)
    roots = [words[i + 1] for i, word in enumerate(words) if word == "-fsdev"]
    assert len(roots) == 2
    assert all("readonly=on" in root.split(",") for root in roots)


def test_a_counted_machine_has_one_counting_cpu_and_a_fixed_day() -> None:
    found = options(COUNTED)
    assert found["-icount"] == "shift=0,sleep=off"
    assert found["-rtc"] == "base=2020-01-01,clock=vm"
    assert (found["-smp"], found["-accel"], found["-cpu"]) == ("1", "tcg", "Nehalem")


def test_a_counted_machine_draws_nothing_at_boot() -> None:
    arguments = qemu.kernel_arguments(COUNTED).split()
    assert {"nokaslr", "norandmaps", "random.trust_cpu=off", "tsc_early_khz=1000000"} <= set(arguments)
    # A small guest's own table is full after a second of new connections.
    assert all("nf_conntrack.hashsize=32768" in qemu.kernel_arguments(one).split() for one in (COUNTED, WALL))
    assert "nokaslr" not in qemu.kernel_arguments(WALL).split()


@pytest.mark.parametrize(("acceleration", "model"), [("kvm", "host"), ("tcg", "max")])
def test_a_machine_by_the_wall_clock_has_all_that_its_cpu_can(acceleration: qemu.Acceleration, model: str) -> None:
    found = options(replace(WALL, acceleration=acceleration))
    assert "-icount" not in found
    assert (found["-cpu"], found["-smp"]) == (model, "2")


def test_the_guest_knows_modules_python_and_developer_settings() -> None:
    arguments = qemu.kernel_arguments(replace(WALL, environment={"PYTHONPATH": "/a b/src"}))
    words, _, first = arguments.partition(" -- ")
    assert first == "sh /barewire/init.sh"
    assert words.endswith("init=/bin/busybox")
    assert f"BAREWIRE_MODULES=/lib/modules/{RELEASE}" in words
    assert 'PYTHONPATH="/a b/src"' in words


def test_a_kernel_without_modules_is_given_none() -> None:
    assert "BAREWIRE_MODULES" not in qemu.kernel_arguments(replace(WALL, image=replace(IMAGE, modules=None)))


def test_more_arguments_for_qemu_come_last() -> None:
    assert qemu.command(replace(WALL, extra=("-plugin", "count.so")), 7, 8)[-2:] == ("-plugin", "count.so")


@pytest.mark.parametrize("modules", [None, IMAGE.modules])
def test_a_kernel_that_fails_without_modules_asks_for_them(modules: Path | None) -> None:
    gone = replace(WALL, board=replace(WALL.board, program="false"), image=replace(IMAGE, modules=modules))
    with pytest.raises(MeasurementError, match=r"did not boot: QEMU ended with 1") as raised:
        VirtualMachine(gone)
    assert ("--kernel PATH:MODULES" in str(raised.value)) is (modules is None)
