"""Kernels of Debian's, a VM each: what they support, and every part of networks, also those of no preset, built and proved.

Other presets of the same parts are proved on this machine's kernel (tests/kernel/test_networks.py), except those whose links a
machine's kernel often lacks: they are here.

The promises of testbeds (tests/support/contract.py) are held here too, in the newer one's VM.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import features
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernels.image import Image
from barewire.lab.lab import built, require
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, Link
from barewire.networks import bridge_filter, catalogue
from barewire.testbeds.vm import supports
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.contract import NAMESPACES, PROMISES
from tests.support.vm import image

IN_NO_PRESET = set(catalogue.parts("transport")) - {spec.transport.name for spec in catalogue.presets()}
NAMES = [
    *(spec.name for spec in catalogue.presets()),
    "ptp+vxlan:vni=42:port=4789",
    *(f"ptp+{transport}" for transport in sorted(IN_NO_PRESET)),
]
LACKING = {"6.1": {"link:netkit", "bpf:netkit", "bpf:tcx"}, "6.12": set[str]()}
"""netkit came with 6.7, tcx with 6.6; all else is older than both."""

OFTEN_LACKING = {"link:ipvlan", "link:wireguard", "link:ip6tnl", "link:netkit", "genl:ovs_datapath"}


def every_part_once(kernel: str) -> Iterator[str]:
    """Few networks that together have every part that the kernel can have; of several that add as many, the first."""
    parts = {}
    for name in NAMES:
        spec = catalogue.parse(name)
        if not catalogue.network(spec).needs((4, 6)) & LACKING[kernel]:
            parts[name] = {
                ("attach", spec.attach.name),
                ("transport", spec.transport.name),
                ("policy", spec.policy.name),
            }
    missing = set[tuple[str, str]]().union(*parts.values())
    while missing:
        name = max(parts, key=lambda name: len(parts[name] & missing))
        missing -= parts[name]
        yield name


def often_lacking() -> Iterator[str]:
    """Networks of links that the kernel of a CI's machine often lacks, so that only a VM proves them."""
    for name in NAMES:
        if catalogue.network(catalogue.parse(name)).needs((4, 6)) & OFTEN_LACKING:
            yield name


def assert_known(found: dict[str, Feature], kernel: Image) -> None:
    """It lacks what came after it and nothing else, and that is remembered."""
    assert set(found) == set(features.KNOWN)
    lacking = {name for name, feature in found.items() if not feature.available}
    assert lacking == next(names for version, names in LACKING.items() if kernel.release.startswith(f"{version}."))
    assert supports.remembered(kernel) == found
    assert not any("modprobe" in feature.remedy for feature in found.values()), "nobody can load a module into a guest"


def test_the_guest_is_the_kernel_that_was_asked_for_with_one_cpu(testbed: VmTestbed) -> None:
    found = testbed.machine()
    assert (found.release, found.cpus) == (testbed.image.release, (0,))
    assert found.vm["clock"] == "counted"


def test_a_kernel_lacks_what_came_after_it_and_nothing_else(testbed: VmTestbed) -> None:
    assert_known(supports.tried(testbed), testbed.image)


# A direct parameter beside an indirect one would have a VM boot for each of them, so there are two functions.
@pytest.mark.parametrize("testbed", ["6.12"], indirect=True)
@pytest.mark.parametrize("name", dict.fromkeys([*every_part_once("6.12"), *often_lacking()]))
def test_each_part_is_built_proved_and_applied_once(testbed: VmTestbed, name: str) -> None:
    again = prove(testbed, name)
    assert again.unchanged, again


@pytest.mark.parametrize("testbed", ["6.1"], indirect=True)
@pytest.mark.parametrize("name", [*every_part_once("6.1")])
def test_each_part_is_built_proved_and_applied_once_on_6_1(testbed: VmTestbed, name: str) -> None:
    again = prove(testbed, name)
    assert again.unchanged, again


def prove(testbed: VmTestbed, name: str) -> Applied:
    """Build and prove a network; what applying it once more does."""
    network = catalogue.network(catalogue.parse(name))
    topology = Topology.uniform(2, 1, addresses=AddressPlan(tuple(sorted(network.families))))
    with built(network, topology, testbed) as lab:
        proofs = lab.prove()
        again = lab.nodes.apply(lab.desired)
    assert len(proofs) == len(network.families)
    assert all(claim.holds for proof in proofs for claim in proof.claims)
    return again


@pytest.mark.parametrize("testbed", ["6.12"], indirect=True)
def test_the_kernel_s_own_tunnel_is_taken_and_let_go_of(testbed: VmTestbed) -> None:
    wanted, nothing = DesiredState({"n1": (Link("tunl0", "ipip", 1400),)}), DesiredState({"n1": ()})
    with testbed.open() as nodes:
        assert nodes.apply(wanted).added == {"n1": 1}
        assert nodes.apply(wanted).unchanged
        assert nodes.apply(nothing).removed == {"n1": 1}
        assert nodes.apply(nothing).unchanged
        [left] = [link for link in nodes.links()["n1"] if link.name == "tunl0"]
        assert not left.up
        assert nodes.apply(wanted).added == {"n1": 1}


@pytest.mark.parametrize("testbed", ["6.12"], indirect=True)
def test_the_filter_of_bridges_is_there_for_labs_that_set_it(testbed: VmTestbed) -> None:
    wanted = bridge_filter.used(4)
    with testbed.open() as nodes:
        nodes.apply(DesiredState({"n1": (wanted,), "n2": ()}))
        assert [nodes.node(name).sysctl(name, wanted.key) for name in ("n1", "n2")] == ["1", "0"]
    with testbed.open() as nodes:
        nodes.apply(DesiredState({"n1": ()}))
        with pytest.raises(KernelError, match="No such file"):
            nodes.node("n1").sysctl("n1", wanted.key)


@pytest.mark.parametrize("testbed", ["6.1"], indirect=True)
def test_a_network_that_a_kernel_lacks_is_refused_with_a_reason(testbed: VmTestbed) -> None:
    network = catalogue.network(catalogue.parse("ebpf/netkit"))
    with pytest.raises(PrerequisiteError, match="ebpf/netkit cannot be built here: this kernel cannot"):
        require(network, testbed, (4, 6))


@pytest.mark.parametrize("testbed", ["6.12"], indirect=True)
@pytest.mark.parametrize("promise", PROMISES)
def test_the_testbed_keeps(testbed: VmTestbed, promise: str) -> None:
    with testbed.open() as nodes:
        nodes.apply(NAMESPACES)
        PROMISES[promise](nodes)


# A guest whose time is the machine's falls behind its timer when neighbours take its CPU.
@pytest.mark.alone
def test_a_kernel_is_booted_to_be_asked_by_the_wall_clock_too() -> None:
    kernel = image("6.12")
    assert_known(supports.probe(kernel, say=print), kernel)
