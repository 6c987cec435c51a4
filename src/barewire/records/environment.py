"""`environment` of run.json: the machine that was measured on.

A mapping and no dataclass, for the same reason as a plan: every key of it is compared and shown, also one that a later version
added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from barewire.records.fields import Count, Number, Written

_ANY_KEY = ConfigDict(extra="allow")


@with_config(_ANY_KEY)
class CpuRecord(TypedDict, total=False):
    """`mitigations` are by vulnerability; of the machine that a VM runs on they are not recorded."""

    model: Written[str]
    online: Written[str]
    mitigations: Mapping[str, str]


@with_config(_ANY_KEY)
class HostRecord(TypedDict, total=False):
    """The machine that a VM runs on."""

    kernel: str
    machine: str
    cpu: CpuRecord
    memory_bytes: Count
    governor: str
    virtualization: str
    limits: LimitsRecord


@with_config(_ANY_KEY)
class VmRecord(TypedDict, total=False):
    """What a VM was made of; `shift` is the time of an instruction in ns, as a power of two, where the clock counts."""

    qemu: str
    cpu_model: str
    acceleration: str
    clock: Literal["wall", "counted"]
    shift: Count
    memory_bytes: Count


@with_config(_ANY_KEY)
class LimitsRecord(TypedDict, total=False):
    """What the control group and the kernel's tables allow."""

    cpu_quota: Number | None
    cpuset: str
    conntrack_max: Count | None


class ClusterNodeRecord(TypedDict, total=False):
    """A node of a cluster, as its API describes it; empty for what is not known."""

    name: str
    kernel: str
    system: str
    runtime: str
    kubelet: str
    cpus: str
    zone: str


class CniPluginRecord(TypedDict, total=False):
    """A plugin of a chain: its type, that of its IPAM and of the plugins that it delegates to, its MTU where the file has one,
    and a few settings such as `hairpinMode`."""

    type: Required[str]
    ipam: str
    delegates: list[str]
    mtu: Count
    settings: Mapping[str, str | Count | bool]


class CniFileRecord(TypedDict, total=False):
    """A CNI configuration of a node: its plugins in the order in which they are called. `unread` says why nothing is known."""

    file: Required[str]
    name: str
    cni_version: str
    plugins: list[CniPluginRecord]
    unread: str


class CniConfigurationRecord(TypedDict, total=False):
    """The files of `folder` on `node`, by name; a runtime takes the first. `unread` says why the folder was not read."""

    node: str
    folder: str
    files: list[CniFileRecord]
    unread: str


class ClusterNetworkRecord(TypedDict, total=False):
    """What was concluded of a cluster's network, and each fact that it was concluded from."""

    cni: str
    path: str
    service_proxy: str
    evidence: list[str]
    plugins: list[str]
    configuration: CniConfigurationRecord


class ClusterRecord(TypedDict, total=False):
    """A cluster as it stands; the nodes are the client's and the server's of the first pair. The trials of group N (`restart`,
    from 1) are on pair (N - 1) % len(`pairs`) of `pairs`."""

    context: str
    namespace: str
    image: str
    nodes: list[ClusterNodeRecord]
    pairs: list[list[str]]
    network: ClusterNetworkRecord


@with_config(_ANY_KEY)
class CardRecord(TypedDict, total=False):
    """A network card that is the wire: what the kernel and its driver say of it. `mode` is `card`, `macvlan` where the wire is a
    macvlan child of it, or `shared` where labs are in the machine's own network namespace."""

    name: str
    mode: Literal["card", "macvlan", "shared"]
    driver: str
    version: str
    firmware: str
    bus: str
    link_mbit_per_s: Count | None
    numa_node: Count | None
    queues: Mapping[str, Count]
    rings: Mapping[str, Count]
    coalescing: Mapping[str, Count]
    interrupts: Mapping[str, str]


@with_config(_ANY_KEY)
class NodeMachineRecord(TypedDict, total=False):
    """The machine of one node, where each node has its own; keys as those of the environment."""

    host: str
    kernel: str
    machine: str
    distribution: str
    cpu: CpuRecord
    memory_bytes: Count
    sysctls: Mapping[str, str]
    limits: LimitsRecord
    clocksource: str
    governor: str
    virtualization: str
    versions: Mapping[str, str]
    offloads: Mapping[str, bool]
    card: CardRecord


@with_config(_ANY_KEY)
class PeerRecord(TypedDict, total=False):
    """The other machine of a study with a peer, where the servers run; keys as those of the environment."""

    name: str
    kernel: str
    machine: str
    distribution: str
    cpu: CpuRecord
    memory_bytes: Count
    sysctls: Mapping[str, str]
    limits: LimitsRecord
    congestion_control: str
    clocksource: str
    governor: str
    virtualization: str
    versions: Mapping[str, str]
    privilege: Literal["root", "user namespace"]


@with_config(_ANY_KEY)
class EnvironmentRecord(TypedDict, total=False):
    """The machine of the labs. `lab_sysctls` are what a namespace would inherit; `vm` and `host` are there in a VM alone,
    and `nodes` where each node has its own machine; the rest is then the first one's."""

    testbed: Written[str]
    kernel: Written[str]
    machine: Written[str]
    distribution: str
    cpu: Written[CpuRecord]
    memory_bytes: Written[Count]
    sysctls: Mapping[str, str]
    lab_sysctls: Mapping[str, str]
    limits: LimitsRecord
    offloads: Mapping[str, Mapping[str, bool | str]]
    congestion_control: str
    clocksource: str
    governor: str
    virtualization: str
    versions: Written[Mapping[str, str]]
    privilege: Written[Literal["root", "user namespace"]]
    vm: VmRecord
    host: HostRecord
    cluster: ClusterRecord
    nodes: Mapping[str, NodeMachineRecord]
    peer: PeerRecord
