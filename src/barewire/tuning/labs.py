"""The tuning of labs: which of its settings this kernel supports, and its objects of the desired state.

It goes into the lab after the network, so that the time to build a network and the objects that a node must hold are the
network's alone. What a network needs stays: one that translates addresses keeps its connection tracking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from barewire.errors import KernelError
from barewire.kernel.features import Feature
from barewire.model.commands import command, commands
from barewire.model.network import WIRE_DEV, WIRE_NAMESPACE, Topology
from barewire.model.objects import DesiredState, KernelObject, NftTable
from barewire.model.settings import Steering, Sysctl
from barewire.model.tuning import LabTuning
from barewire.networks.network import Network
from barewire.networks.part import NO_RULES
from barewire.records import LabSettingRecord
from barewire.testbeds.testbed import LabNodes, Testbed

TABLE = "barewire_tuning"
_CHAIN = "chain {hook} {{\ntype filter hook {hook} priority raw; policy accept;\nnotrack\n}}"
_FRESH = "n1-fresh"


@dataclass(frozen=True, slots=True)
class LabFound:
    """A lab setting: its value `now` in a new namespace, and why it cannot be set (empty if it can)."""

    setting: str
    where: str
    now: str
    wanted: str
    typed: str
    reason: str

    def record(self) -> LabSettingRecord:
        """As a run keeps it."""
        return LabSettingRecord(
            setting=self.setting,
            set=not self.reason,
            where=self.where,
            before=self.now or None,
            wanted=self.wanted,
            after=(self.now or None) if self.reason else self.wanted,
            reason=self.reason,
        )


def examine(tuning: LabTuning, testbed: Testbed) -> list[LabFound]:
    """Try every setting of `tuning` in temporary namespaces."""
    if not tuning:
        return []
    with testbed.open() as nodes:
        features = nodes.probe(_needs(tuning))
        nodes.apply(DesiredState({_FRESH: ()}))
        found = [_sysctl(key, value, features, nodes) for key, value in tuning.sysctls]
    everywhere = "every node's end of the wire"
    for name, wanted in _parts(tuning).items():
        shown = str(wanted.rfs or ",".join(map(str, wanted.rps or wanted.xps)))
        reason = features[f"steering:{name}"].reason
        found.append(LabFound(name, everywhere, "none", shown, commands(wanted)[0], reason))
    if tuning.notrack:
        found.append(
            LabFound(
                "notrack",
                "nodes of networks without rules",
                "off",
                "on",
                command(_table()),
                features["nft:notrack"].reason,
            )
        )
    return found


def supported(tuning: LabTuning, found: list[LabFound]) -> LabTuning:
    """`tuning` without the settings that cannot be set according to `found`."""
    able = {one.setting for one in found if not one.reason}
    return replace(
        tuning,
        sysctls=tuple((key, value) for key, value in tuning.sysctls if key in able),
        rps=tuning.rps if "rps" in able else (),
        rfs=tuning.rfs if "rfs" in able else 0,
        xps=tuning.xps if "xps" in able else (),
        notrack=tuning.notrack and "notrack" in able,
    )


def desired_state(network: Network, topology: Topology, built: DesiredState) -> DesiredState:
    """`built` with the topology's tuning: sysctls in nodes and pods, steering and notrack in nodes."""
    tuning = topology.tuning
    nodes = {node.name for node in topology.nodes}
    sysctls = tuple(Sysctl(key, value) for key, value in tuning.sysctls)
    more: dict[str, tuple[KernelObject, ...]] = {}
    for name in built.objects:
        if name == WIRE_NAMESPACE:
            continue
        more[name] = sysctls
        if name in nodes and tuning.steers:
            more[name] += (Steering(WIRE_DEV, tuning.rps, tuning.rfs, tuning.xps),)
        if name in nodes and tuning.notrack and tracks_nothing(network):
            more[name] += (_table(),)
    return built.merged(DesiredState(more))


def tracks_nothing(network: Network) -> bool:
    """Whether the network does without connection tracking; rules that translate addresses or look at connections do not."""
    return network.rules == NO_RULES


def _needs(tuning: LabTuning) -> set[str]:
    needs = {f"sysctl:{key}={value}" for key, value in tuning.sysctls}
    needs |= {f"steering:{name}" for name in _parts(tuning)}
    return needs | ({"nft:notrack"} if tuning.notrack else set())


def _parts(tuning: LabTuning) -> dict[str, Steering]:
    parts = {
        "rps": Steering(WIRE_DEV, rps=tuning.rps),
        "rfs": Steering(WIRE_DEV, rfs=tuning.rfs),
        "xps": Steering(WIRE_DEV, xps=tuning.xps),
    }
    return {name: part for name, part in parts.items() if part != Steering(WIRE_DEV)}


def _sysctl(key: str, value: str, features: dict[str, Feature], nodes: LabNodes) -> LabFound:
    typed, reason = command(Sysctl(key, value)), features[f"sysctl:{key}={value}"].reason
    try:
        now = " ".join(nodes.node(_FRESH).sysctl(_FRESH, key).split())
    except KernelError as error:
        return LabFound(key, "every namespace", "", value, typed, f"no namespace of this kernel has it: {error.said}")
    return LabFound(key, "every namespace", now, value, typed, reason)


def _table() -> NftTable:
    return NftTable("inet", TABLE, "\n".join(_CHAIN.format(hook=hook) for hook in ("prerouting", "output")))
