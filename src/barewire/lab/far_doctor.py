"""Checks of machines that are reached by ssh: log in, programs, cards and the wire between them, networks.

The probes are those of a study, and the host's lab is built and proved, so a doctor without complaints and a study agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from barewire.errors import BarewireError
from barewire.kernel import programs
from barewire.kernel.machine import Machine
from barewire.lab.doctor import FAMILIES, Check, network_checks
from barewire.lab.lab import built, refused
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.ssh.testbed import SshTestbed

_MODES = {
    "macvlan": ["a macvlan child is the wire"],
    "shared": ["labs are in the machine's own network namespace, without rules of netfilter"],
}
"""What is said of a card that stays the machine's."""


def examine_machines(testbed: SshTestbed) -> Iterator[Check]:
    """Every check, as it is done."""
    try:
        # Opening a lab claims the cards; what machines say of themselves comes before.
        machines = testbed.machines()
    except BarewireError as error:
        yield _failed("login", error)
        return
    for machine in machines:
        yield from _machine(machine)
    networks = [catalogue.network(spec) for spec in catalogue.presets()]
    try:
        with testbed.open() as nodes:
            features = nodes.probe({need for network in networks for need in network.needs(FAMILIES)})
        yield Check("permission", "good", "labs can be created on every machine (root)")
        for machine in testbed.machines():
            yield _card(machine)
        topology = Topology.uniform(len(machines), 1, wire=testbed.usual_wire())
        with built(catalogue.network(catalogue.parse("host")), topology, testbed) as lab:
            proof = lab.prove()[0]
        yield Check("wire", "good", f"packets pass between the cards, and {len(proof.claims)} claims about them hold")
    except BarewireError as error:
        yield _failed("wire", error)
        return
    yield from network_checks(networks, features, lambda network: refused(network, topology, testbed))


def _machine(machine: Machine) -> Iterator[Check]:
    host, versions = machine.node["host"], machine.node["versions"]
    said = f"Linux {machine.release} on {machine.architecture}, {len(machine.cpus)} CPUs, Python {versions['python']}"
    yield Check(host, "good", said)
    for name, package in programs.PACKAGES.items():
        if name not in versions:
            yield Check(
                f"{host}: {name}", "bad" if name == "nft" else "poor", "not installed",
                f"Install {package} there, or choose workloads, a server and networks that do without it",
            )  # fmt: skip


def _card(machine: Machine) -> Check:
    card = machine.node["card"]
    speed = card["link_mbit_per_s"]
    found = [card["driver"] or "no driver is named", f"{speed:,} Mbit/s" if speed else "speed unknown"]
    found += _MODES.get(card["mode"], [])
    return Check(f"{machine.node['host']}: {card['name']}", "good", ", ".join(found))


def _failed(subject: str, error: BarewireError) -> Check:
    where = f" (in {error.where})" if error.where else ""
    return Check(subject, "bad", error.what + where + (f": {error.said}" if error.said else ""), error.remedy)
