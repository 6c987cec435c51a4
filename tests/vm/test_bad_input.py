"""What stands in the way of a VM is one sentence with its remedy, and nothing hangs."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.testbeds.vm import boot
from barewire.testbeds.vm.machine import VirtualMachine
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.command import barewire, barewire_inside
from tests.support.vm import image

STUDY = ("--clock", "counted", "--networks", "host", "--workloads", "tcp-rr", "--blocks", "1")


def test_a_file_that_is_no_kernel_is_refused_before_a_boot(tmp_path: Path) -> None:
    kernel = tmp_path / "vmlinuz"
    kernel.write_text("not a kernel at all\n" * 1000)
    done = barewire_inside("study", *STUDY, "--kernel", str(kernel), "--out", str(tmp_path / "run"))
    assert done.code == 2
    assert str(kernel) in done.sentence
    assert not (tmp_path / "run").exists()


def test_without_qemu_the_line_to_type_is_said(tmp_path: Path) -> None:
    release = image("6.12").release
    (tmp_path / "apt-get").touch(0o755)
    nowhere = {"PATH": str(tmp_path)}
    done = barewire("study", *STUDY, "--kernel", release, "--out", str(tmp_path / "run"), environment=nowhere)
    assert done.code == 2
    assert "apt-get install" in done.sentence
    assert not (tmp_path / "run").exists()


def test_a_version_that_nobody_has_names_those_that_can_be_had(tmp_path: Path) -> None:
    release = image("6.12").release
    done = barewire_inside("study", *STUDY, "--kernel", "9.9", "--out", str(tmp_path / "run"))
    assert done.code == 2
    assert "6.12" in release and "6.12" in done.sentence


def test_too_little_memory_is_said_before_the_boot() -> None:
    with VmTestbed(image("6.12"), "counted", 64 << 20) as testbed, pytest.raises(PrerequisiteError, match="64 MiB"):
        testbed.start()
    with (
        VmTestbed(image("6.12"), "counted", 1 << 50) as testbed,
        pytest.raises(PrerequisiteError, match="does not fit"),
    ):
        testbed.start()


def test_a_guest_that_hangs_is_ended_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "VirtualMachine", functools.partial(VirtualMachine, seconds=2.0))
    # -S: its CPU is never started.
    with VmTestbed(image("6.12"), "counted", extra=("-S",)) as testbed, pytest.raises(MeasurementError) as raised:
        testbed.start()
    assert "did not boot" in str(raised.value) and "nothing within 2 s" in str(raised.value)


def test_a_guest_without_a_first_program_shows_its_last_words() -> None:
    wrong = ("-append", "console=ttyS0 quiet panic=-1 init=/no/such/program")
    with VmTestbed(image("6.12"), "counted", extra=wrong) as testbed, pytest.raises(MeasurementError) as raised:
        testbed.start()
    assert "did not boot" in str(raised.value) and "/no/such/program" in str(raised.value)
