"""A network configuration as a user wrote it, or a list of them, with variables for what differs from node to node.

One file serves all nodes of a lab, but nodes need different pod subnets. There are two ways, as with container runtimes: an IPAM
plugin that has the capability `ipRanges` is given the node's subnets, and `${NODE_SUBNET}` and the like are replaced in every
string of the file. A string that is a variable alone becomes a number where the variable is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from barewire.errors import NetworkError
from barewire.networks.cni.files import read_text

VERSIONS = ("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
"""Versions of the specification that are spoken here, the oldest first."""

CHECKS_SINCE = "0.4.0"
"""The first version with CHECK, and with the result of ADD in DEL."""

VARIABLES = (
    "NODE_NAME", "NODE_ADDRESS", "NODE_SUBNET", "NODE_GATEWAY", "NODE_RANGE_START", "NODE_RANGE_END", "CLUSTER_SUBNET",
    "POD_MTU",
)  # fmt: skip
"""What a configuration can use; all but the first and the last also with a 6 behind them, for IPv6."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_KNOWN = {*VARIABLES, *(f"{name}6" for name in VARIABLES[1:-1])}


@dataclass(frozen=True, slots=True)
class PluginList:
    """A configuration list with everything filled in; `plugins` are the configurations of the chain, in order."""

    name: str
    version: str
    checks: bool
    plugins: tuple[Mapping[str, Any], ...]
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class CniChain:
    """The text of a configuration and of its arguments, checked; `file` is where it is from."""

    file: str
    text: str
    arguments: str = "{}"

    @property
    def types(self) -> tuple[str, ...]:
        """The plugins of the chain, by the names of their programs."""
        return tuple(str(plugin["type"]) for plugin in _plugins(json.loads(self.text)))

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs that it takes: the plugins, and the IPAM plugins that these call."""
        plugins = _plugins(json.loads(self.text))
        called = [ipam["type"] for one in plugins if isinstance(ipam := one.get("ipam"), dict) and ipam.get("type")]
        return tuple(dict.fromkeys([*self.types, *map(str, called)]))

    def filled(self, variables: Mapping[str, str | int]) -> PluginList:
        """The list for one node; NetworkError for a variable that this lab does not have."""
        listed = _filled(json.loads(self.text), variables, self.file)
        given = _filled(json.loads(self.arguments), variables, self.file)
        return PluginList(
            name=str(listed["name"]),
            version=_version(listed, self.file),
            checks=str(listed.get("disableCheck", False)).lower() != "true",
            plugins=tuple(_plugins(listed)),
            capabilities=given.get("capabilities", {}),
            arguments=str(given.get("CNI_ARGS", "")),
        )


def read(file: str, arguments: str = "") -> CniChain:
    """The chain of a file, with the capability arguments in another one; NetworkError for what the specification forbids."""
    text = read_text(file, "the CNI configuration")
    listed = _document(text, file)
    given = read_text(arguments, "the CNI arguments") if arguments else "{}"
    named = _document(given, arguments)
    for key in named:
        if key not in ("capabilities", "CNI_ARGS"):
            raise NetworkError(
                f"the CNI arguments have no {key}", where=arguments, remedy="They have capabilities and CNI_ARGS"
            )
    if not isinstance(named.get("capabilities", {}), dict):
        raise NetworkError("capabilities is not a JSON object", where=arguments, remedy='Write {"portMappings": [...]}')
    _version(listed, file)
    name = listed.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NetworkError(
            "a CNI network needs a name of letters, digits, _, . and -", where=file, said=f"name is {name!r}"
        )
    plugins = _plugins(listed)
    if not plugins:
        raise NetworkError("the CNI configuration has no plugin", where=file, remedy="List them in plugins")
    for plugin in plugins:
        kind = plugin.get("type") if isinstance(plugin, dict) else None
        if not isinstance(kind, str) or not kind or "/" in kind:
            raise NetworkError(
                "a CNI plugin needs a type, the name of its program", where=file, said=f"type is {kind!r}",
                remedy="Write the name without a folder; folders are in CNI_PATH",
            )  # fmt: skip
    for word in _VARIABLE.findall(text + given):
        if word not in _KNOWN:
            raise NetworkError(
                f"there is no variable ${{{word}}}", where=file, remedy=f"There are {', '.join(sorted(_KNOWN))}"
            )
    return CniChain(file, text, given)


def _document(text: str, file: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NetworkError("the file is not JSON", where=file, said=str(error)) from error
    if not isinstance(found, dict):
        raise NetworkError("the file is not a JSON object", where=file, said=f"it is a {type(found).__name__}")
    return found


def _plugins(listed: Mapping[str, Any]) -> list[Any]:
    """The plugins of a list; a configuration of a single plugin is a list of one."""
    if "plugins" not in listed and "type" in listed:
        return [dict(listed)]
    found = listed.get("plugins")
    return found if isinstance(found, list) else []


def _version(listed: Mapping[str, Any], file: str) -> str:
    """The newest version that both the file and we have."""
    offered = listed.get("cniVersions")
    versions = [*(offered if isinstance(offered, list) else ()), listed.get("cniVersion")]
    common = [version for version in VERSIONS if version in versions]
    if not common:
        raise NetworkError(
            "cannot speak this version of CNI", where=file, said=f"cniVersion is {listed.get('cniVersion')!r}",
            remedy=f"Use one of {', '.join(VERSIONS)}",
        )  # fmt: skip
    return common[-1]


def _filled(value: Any, variables: Mapping[str, str | int], file: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, variables, file) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, variables, file) for item in value]
    if not isinstance(value, str):
        return value
    for word in _VARIABLE.findall(value):
        if word not in variables:
            raise NetworkError(
                f"this lab has no ${{{word}}}", where=file, said=f"it has {', '.join(variables)}",
                remedy="Give the lab both IP versions with --family 46, or use a variable that it has",
            )  # fmt: skip
    if alone := _VARIABLE.fullmatch(value):
        return variables[alone[1]]
    return _VARIABLE.sub(lambda found: str(variables[found[1]]), value)
