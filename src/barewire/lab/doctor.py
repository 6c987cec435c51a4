"""Checks of this machine: programs, permissions, CPUs, kernel features, networks.

The probes are those of a study, so `doctor` and a study agree.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from barewire.errors import BarewireError
from barewire.kernel import programs
from barewire.kernel.features import Feature
from barewire.lab.lab import missing
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.testbeds.testbed import Testbed

FAMILIES = (4,)
"""What a study without options uses."""

_EXTRA = ("qdisc:netem", "qdisc:tbf")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `state` is `good`, `poor` (a study runs, with less) or `bad` (no study runs)."""

    subject: str
    state: str
    said: str
    remedy: str = ""

    def record(self) -> dict[str, str]:
        """For `--json`."""
        return asdict(self)


def examine(testbed: Testbed) -> Iterator[Check]:
    """Every check, as it is done."""
    machine = testbed.machine()
    yield Check("kernel", "good", f"Linux {machine.release} on {machine.architecture}")
    yield _cpus(len(machine.cpus))
    for name in programs.PACKAGES:
        yield _program(name)
    yield _vm()
    networks = [catalogue.network(spec) for spec in catalogue.presets()]
    needs = {need for network in networks for need in network.needs(FAMILIES)} | set(_EXTRA)
    try:
        with testbed.open() as nodes:
            features = nodes.probe(needs)
            yield Check("permission", "good", f"labs can be created ({nodes.privilege})")
    except BarewireError as error:
        yield Check("permission", "bad", error.what + (f": {error.said}" if error.said else ""), error.remedy)
        return
    for name in _EXTRA:
        yield _feature(name, features[name])
    yield from network_checks(networks, features)


def network_checks(
    networks: Sequence[Network],
    features: dict[str, Feature],
    refused: Callable[[Network], Feature | None] = lambda network: None,
) -> Iterator[Check]:
    """Which networks can be built, of the features that were probed. `refused`: why the testbed must not have one."""
    for network in networks:
        lacking = missing(network, features, FAMILIES) or refused(network)
        if lacking:
            yield Check(network.name, "poor", lacking.reason, lacking.remedy)
        else:
            yield Check(network.name, "good", "can be built")


def _cpus(count: int) -> Check:
    if count < 2:
        return Check(
            "CPUs", "poor", "one CPU: client and server share it, and the scheduler is measured with the network",
            "Allow barewire two CPUs",
        )  # fmt: skip
    return Check("CPUs", "good", f"{count} usable")


def _program(name: str) -> Check:
    try:
        program = programs.require([name])[name]
    except BarewireError as error:
        return Check(name, "bad", "not installed", error.remedy)
    return Check(name, "good", f"{program.version} at {program.path}")


def _vm() -> Check:
    """Whether a study can run on another kernel than this machine's."""
    wanted = [f"qemu-system-{os.uname().machine}", "busybox", "modprobe", "depmod", "file"]
    lacking = [name for name in wanted if programs.located(name) is None]
    if not lacking:
        return Check("other kernels", "good", "a VM can boot them (barewire kernels lists which)")
    said = f"no VM without {', '.join(lacking)}"
    if not set(lacking) <= set(programs.FOR_KERNELS):
        return Check("other kernels", "poor", said)
    return Check("other kernels", "poor", said, f"Type `{programs.install_line(lacking)}`")


def _feature(name: str, feature: Feature) -> Check:
    if feature.available:
        return Check(name, "good", "the kernel has it")
    return Check(name, "poor", feature.reason, feature.remedy)
