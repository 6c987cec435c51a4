"""WireGuard between machines: each draws its own private keys, and learns the public keys of the others' interfaces.

A public key is what the kernel of its own machine computed, so its interface must be there before another machine can have it
as a peer. A lab is therefore applied without the peers whose keys are not known yet, then the keys are published, and then all of
it is applied. Private keys stay in the memory of the machine that drew them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from barewire.kernel.wireguard import Owner
from barewire.model.objects import DesiredState, KernelObject, WireguardPeer


class KeyHolder(Protocol):
    """A machine that has interfaces and peers."""

    def public_keys(self) -> Mapping[Owner, str]: ...
    def learn_keys(self, keys: Mapping[Owner, str]) -> None: ...


def publish(holders: Iterable[KeyHolder]) -> frozenset[Owner]:
    """Have every machine learn the public keys of all others; the interfaces whose keys are known now."""
    own = [(one, one.public_keys()) for one in holders]
    every = {owner: key for _, keys in own for owner, key in keys.items()}
    for one, keys in own:
        one.learn_keys({owner: key for owner, key in every.items() if owner not in keys})
    return frozenset(every)


def has_peers(desired: DesiredState) -> bool:
    """Whether anything of `desired` takes a public key."""
    return any(isinstance(thing, WireguardPeer) for wanted in desired.objects.values() for thing in wanted)


def without_unknown_peers(desired: DesiredState, known: Collection[Owner]) -> DesiredState:
    """`desired` without the peers whose public keys are not among `known`."""

    def is_known(thing: KernelObject) -> bool:
        return not isinstance(thing, WireguardPeer) or (thing.node, thing.dev) in known

    return replace(desired, objects={name: tuple(filter(is_known, wanted)) for name, wanted in desired.objects.items()})
