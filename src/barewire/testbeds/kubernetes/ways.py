"""The ways between two pods that a cluster has: the candidates of a study, and the pods and objects that each needs.

host            pods on the hosts' own network: the baseline
pod             pods on two nodes
pod/same-node   pods on one node
pod/policies-N  as `pod`, to a pod that N + 1 NetworkPolicies select, of which one admits the client
service         as `pod`, to the address of a Service (ClusterIP)
node-port       as `pod`, to a port of the server's node that a Service opens

Each with `/ipv6` after it is the same over IPv6, whatever IP version the study has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from barewire.errors import PlanError

IMAGE = "registry.k8s.io/pause:3.10"
"""The default image of pods: it is below 1 MB, and most clusters have pulled it already."""

CNI_FOLDER = "/etc/cni/net.d"
"""Where runtimes look for the configuration of CNI, unless they are configured to look elsewhere."""

HOST, POD, SAME_NODE, SERVICE, NODE_PORT = "host", "pod", "pod/same-node", "service", "node-port"
DEFAULT = (HOST, POD, SAME_NODE, SERVICE, NODE_PORT)
_POLICIES = re.compile(r"pod/policies-([1-9][0-9]{0,4})")
MOST_POLICIES = 10_000
IPV6 = "/ipv6"
BOTH = 46
"""The IP version of a study that measures each way over both."""

CLIENT, SERVER, NEAR, HOST_CLIENT, HOST_SERVER = "client", "server", "near", "host-client", "host-server"
KINDS = {SERVICE: "ClusterIP", NODE_PORT: "NodePort"}
"""The kind of Service that a way goes by."""


@dataclass(frozen=True, slots=True)
class PodRequest:
    """A pod of a study: what it is for, on which node, and on whose network."""

    role: str
    node: str
    on_host: bool = False


@dataclass(frozen=True, slots=True)
class ClusterWay:
    """A candidate: from the pod of one role to that of another, perhaps by a Service, perhaps through policies. `family` is 0
    where the study decides about it."""

    name: str
    client: str
    server: str
    kind: str = ""
    policies: int = 0
    family: int = 0

    def version(self, study: int) -> int:
        """The IP version, 4 or 6, in a study of IP version `study` (4, 6 or both)."""
        return self.family or (4 if study == BOTH else study)


def find(name: str) -> ClusterWay:
    """The way of that name; PlanError when there is none."""
    if (found := _find(name.removesuffix(IPV6))) is None:
        raise PlanError(
            f"a cluster has no way {name!r} between two pods",
            remedy=f"Choose some of {', '.join(DEFAULT)}, or pod/policies-N for N NetworkPolicies, each also with {IPV6}",
        )
    if not name.endswith(IPV6):
        return found
    # Policies name addresses of one IP version, so a pod has those of one alone.
    server = f"{found.server}-ipv6" if found.policies else found.server
    return replace(found, name=name, server=server, family=6)


def _find(name: str) -> ClusterWay | None:
    if name == HOST:
        return ClusterWay(name, HOST_CLIENT, HOST_SERVER)
    if name in (POD, SERVICE, NODE_PORT):
        return ClusterWay(name, CLIENT, SERVER, KINDS.get(name, ""))
    if name == SAME_NODE:
        return ClusterWay(name, CLIENT, NEAR)
    if (match := _POLICIES.fullmatch(name)) and int(match[1]) <= MOST_POLICIES:
        return ClusterWay(name, CLIENT, f"policies-{match[1]}", policies=int(match[1]))
    return None


def with_policies(names: Sequence[str], counts: Sequence[int]) -> tuple[str, ...]:
    """The ways with one more for each number of policies. Without any policy it is `pod`."""
    added = [f"pod/policies-{count}" if count else POD for count in counts]
    return tuple(dict.fromkeys([*names, *added]))


def over_both(names: Sequence[str]) -> tuple[str, ...]:
    """The ways, and each over IPv6 beside it."""
    return tuple(dict.fromkeys(found for name in names for found in (name, name.removesuffix(IPV6) + IPV6)))


def pods(ways: Sequence[ClusterWay], client: str, server: str) -> list[PodRequest]:
    """The pods of all these ways, between two nodes."""
    places = {
        CLIENT: PodRequest(CLIENT, client), SERVER: PodRequest(SERVER, server), NEAR: PodRequest(NEAR, client),
        HOST_CLIENT: PodRequest(HOST_CLIENT, client, on_host=True),
        HOST_SERVER: PodRequest(HOST_SERVER, server, on_host=True),
    }  # fmt: skip
    roles = dict.fromkeys(role for way in ways for role in (way.client, way.server))
    return [places.get(role, PodRequest(role, server)) for role in roles]
