"""What a plugin is given: the variables of a node, the execution configuration, and the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from barewire.model.leases import NodeView
from barewire.networks.cni.chain import CHECKS_SINCE, VERSIONS, PluginList

CniCommand = Literal["ADD", "DEL", "CHECK"]
INTERFACE = "eth0"
"""CNI_IFNAME: what the pod's interface is called."""


def variables(view: NodeView) -> dict[str, str | int]:
    """The variables of a node. The first IP version of the lab has the plain names."""
    found: dict[str, str | int] = {"NODE_NAME": view.name, "POD_MTU": view.pod_mtu}
    for family in view.lease.families:
        last = family.subnet[-2] if family.version == 4 else family.subnet[0xFFFF]
        named = {
            "NODE_ADDRESS": str(family.address.ip),
            "NODE_SUBNET": str(family.subnet),
            "NODE_GATEWAY": str(family.gateway.ip),
            "NODE_RANGE_START": str(family.gateway.ip + 1),
            "NODE_RANGE_END": str(last),
            "CLUSTER_SUBNET": str(family.pods),
        }
        if family is view.lease.families[0]:
            found |= named
        if family.version == 6:
            found |= {f"{name}6": value for name, value in named.items()}
    return found


def capabilities(view: NodeView, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the runtime offers to plugins that have the capability: the node's subnets as `ipRanges`, and what the user gave."""
    return {"ipRanges": [[{"subnet": str(family.subnet)}] for family in view.lease.families], **given}


def configuration(
    number: int, listed: PluginList, offered: Mapping[str, Any], previous: Mapping[str, Any] | None, command: CniCommand
) -> bytes:
    """The execution configuration of plugin `number` of the chain, in JSON: name and version are the list's, capabilities become
    `runtimeConfig`, and `previous` is the result of the plugin before it, or for CHECK and DEL of the whole ADD."""
    plugin = listed.plugins[number]
    found = {key: value for key, value in plugin.items() if key != "capabilities"}
    found |= {"name": listed.name, "cniVersion": listed.version}
    has = plugin.get("capabilities")
    if isinstance(has, dict) and (taken := {key: value for key, value in offered.items() if has.get(key) is True}):
        found["runtimeConfig"] = taken
    if previous is not None and (command != "DEL" or checks(listed.version)):
        found["prevResult"] = previous
    return json.dumps(found).encode()


def checks(version: str) -> bool:
    """Whether this version of the specification has CHECK."""
    return VERSIONS.index(version) >= VERSIONS.index(CHECKS_SINCE)


def environment(
    command: CniCommand, container: str, netns: str, path: str, arguments: str
) -> tuple[tuple[str, str], ...]:
    """The environment of every plugin of the chain."""
    return (
        ("CNI_COMMAND", command),
        ("CNI_CONTAINERID", container),
        ("CNI_NETNS", netns),
        ("CNI_IFNAME", INTERFACE),
        ("CNI_ARGS", arguments),
        ("CNI_PATH", path),
    )
