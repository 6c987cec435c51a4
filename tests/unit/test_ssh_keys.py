"""Public keys of WireGuard between machines: published before the peers that need them, and private keys never sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from barewire.errors import KernelError
from barewire.kernel.engine import Applied
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.wireguard import Owner, WireguardInterfaces
from barewire.model.objects import DesiredState, WireguardInterface, WireguardPeer
from barewire.testbeds.ssh import public_keys
from barewire.testbeds.ssh.nodes import SshNodes

NAMES = ("n1", "n2", "n3")


def peer(node: str) -> WireguardPeer:
    return WireguardPeer("wg0", node, ip_address("10.10.0.2"), 51820, ())


MESH = DesiredState(
    {name: (WireguardInterface("wg0", 51820), *(peer(other) for other in NAMES if other != name)) for name in NAMES}
)


@dataclass
class KeyedMachine:
    """A machine whose kernel computes `key` for the interface once it is there, and refuses a peer that it has no key of."""

    name: str
    key: str
    has_interface: bool = False
    learned: dict[Owner, str] = field(default_factory=dict)
    applied: list[DesiredState] = field(default_factory=list)
    init_pid: int = 1

    def apply(self, desired: DesiredState) -> Applied:
        assert list(desired.objects) == [self.name]
        for thing in desired.objects[self.name]:
            if isinstance(thing, WireguardPeer):
                assert (thing.node, thing.dev) in self.learned, f"{self.name} has no key of {thing.node}"
        self.applied.append(desired)
        self.has_interface = True
        return Applied({self.name: len(desired.objects[self.name])}, {self.name: 0}, 1)

    def public_keys(self) -> dict[Owner, str]:
        return {(self.name, "wg0"): self.key} if self.has_interface else {}

    def learn_keys(self, keys: Mapping[Owner, str]) -> None:
        self.learned |= keys

    def require_carrier(self) -> None:
        pass


@pytest.fixture
def mesh() -> dict[str, KeyedMachine]:
    return {name: KeyedMachine(name, f"key of {name}") for name in NAMES}


def applied(mesh: dict[str, KeyedMachine], desired: DesiredState = MESH) -> Applied:
    return SshNodes(list(mesh.values())).apply(desired)  # type: ignore[arg-type]


def test_machines_learn_the_keys_of_all_others_first(mesh: dict[str, KeyedMachine]) -> None:
    done = applied(mesh)
    for name, machine in mesh.items():
        assert machine.learned == {(other, "wg0"): f"key of {other}" for other in NAMES if other != name}
        assert [len(one.objects[name]) for one in machine.applied] == [1, 3]
    assert done.added == dict.fromkeys(NAMES, 1 + 3)


def test_known_keys_take_no_second_step(mesh: dict[str, KeyedMachine]) -> None:
    applied(mesh)
    applied(mesh)
    assert [len(machine.applied) for machine in mesh.values()] == [3, 3, 3]


def test_a_key_drawn_anew_is_published_again(mesh: dict[str, KeyedMachine]) -> None:
    applied(mesh)
    mesh["n2"].key = "another"
    applied(mesh)
    assert mesh["n1"].learned["n2", "wg0"] == mesh["n3"].learned["n2", "wg0"] == "another"


def test_a_lab_without_peers_asks_for_no_key(mesh: dict[str, KeyedMachine]) -> None:
    applied(mesh, DesiredState({name: (WireguardInterface("wg0", 51820),) for name in NAMES}))
    assert not any(machine.learned for machine in mesh.values())


def test_peers_without_a_key_are_left_out_of_the_first_step() -> None:
    found = public_keys.without_unknown_peers(MESH, {("n2", "wg0")})
    peers = {
        name: [one.node for one in things if isinstance(one, WireguardPeer)] for name, things in found.objects.items()
    }
    assert peers == {"n1": ["n2"], "n2": [], "n3": ["n2"]}


def test_an_unpublished_key_is_a_named_error() -> None:
    with pytest.raises(KernelError, match=r"wg0 has no key.*n2.*no machine has published its public key"):
        WireguardInterfaces(Namespaces()).add(peer("n2"), "n1")
