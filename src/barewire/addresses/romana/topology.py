"""Romana's topology file as plain data: the JSON that `romana topology update` takes.

Keys that Romana does not know are ignored, as Romana does, with two exceptions that this program reads beside them: `hosts` with
the hosts to add (as Romana lists them), and `allocations`, each with host, tenant and segment. Recorded files call them
`oracle_hosts` and `oracle_alloc`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from barewire.errors import PlanError

HostAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class NetworkDefinition:
    """A network: its CIDR as written, the prefix length of its blocks (0 for Romana's default), the tenants that may use it (none
    for all)."""

    name: str
    cidr: str
    block_mask: int = 0
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupDefinition:
    """An entry of a map: a group of groups, of hosts or of nothing yet; a host if it has an address. `assignment` are labels that
    a host must have to be put here (None without any)."""

    name: str = ""
    ip: HostAddress | None = None
    assignment: Mapping[str, str] | None = None
    routing: str = ""
    groups: tuple[GroupDefinition, ...] = ()
    dummy: bool = False


@dataclass(frozen=True, slots=True)
class MapDefinition:
    """A map of groups and the networks, by name, that are cut by it."""

    networks: tuple[str, ...]
    groups: tuple[GroupDefinition, ...]


@dataclass(frozen=True, slots=True)
class HostDefinition:
    """A host to add: `tags` are its labels, None if it has never had any."""

    name: str
    ip: HostAddress
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AllocationRequest:
    """An address for a pod of a tenant and segment on a host."""

    host: str
    tenant: str
    segment: str


@dataclass(frozen=True, slots=True)
class RomanaTopology:
    """A whole file; `where` names it in errors."""

    networks: tuple[NetworkDefinition, ...]
    maps: tuple[MapDefinition, ...]
    hosts: tuple[HostDefinition, ...] = ()
    allocations: tuple[AllocationRequest, ...] = ()
    where: str = ""


def read(path: Path) -> RomanaTopology:
    """The topology in a file; PlanError if it cannot be read or is none."""
    return parse(load(path), str(path))


def load(path: Path) -> Any:
    """The JSON document in a file; PlanError if it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise PlanError("cannot read the topology", where=str(path), said=error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise PlanError(
            "the topology is not JSON", where=str(path), said=str(error), remedy="Give a Romana topology as JSON"
        ) from error


def parse(document: Any, where: str = "") -> RomanaTopology:
    """A topology from its JSON document; PlanError that names the key of what is not as Romana has it."""
    try:
        top = _Reader(document, where)
        hosts = next((top.items(key) for key in ("hosts", "oracle_hosts") if top.has(key)), iter(()))
        requests = next((top.items(key) for key in ("allocations", "oracle_alloc") if top.has(key)), iter(()))
        return RomanaTopology(
            tuple(_network(one) for one in top.items("networks")),
            tuple(
                MapDefinition(one.texts("networks"), tuple(map(_group, one.items("map"))))
                for one in top.items("topologies")
            ),
            tuple(map(_host, hosts)),
            tuple(map(_request, requests)),
            where,
        )
    except RecursionError:
        raise PlanError("the topology is nested too deeply", where=where) from None


def parse_hosts(document: Any, where: str = "") -> tuple[HostDefinition, ...]:
    """Hosts from a list of them, or from what Romana answers for `/hosts`: a list under the key `hosts`."""
    listed = {"hosts": document} if isinstance(document, list) else document
    return tuple(map(_host, _Reader(listed, where).items("hosts")))


def _network(one: _Reader) -> NetworkDefinition:
    return NetworkDefinition(one.text("name"), one.text("cidr"), one.number("block_mask"), one.texts("tenants"))


def _group(one: _Reader) -> GroupDefinition:
    groups = tuple(map(_group, one.items("groups")))
    return GroupDefinition(
        one.text("name"), one.address("ip"), one.labels("assignment"), one.text("routing"), groups, one.flag("dummy")
    )


def _host(one: _Reader) -> HostDefinition:
    name, ip = one.text("name"), one.address("ip")
    if ip is None:
        raise one.refused("ip", "Host IP is required.")
    if not name:
        raise one.refused("name", "Host name is required.")
    return HostDefinition(name, ip, one.labels("tags"))


def _request(one: _Reader) -> AllocationRequest:
    if isinstance(one.value, list):
        if len(one.value) != 3 or not all(isinstance(text, str) for text in one.value):
            raise one.wrong("", "a host, a tenant and a segment")
        return AllocationRequest(*one.value)
    return AllocationRequest(*(one.text(key) for key in ("host", "tenant", "segment")))


class _Reader:
    """An object of the document with the path that leads to it; what is absent or null has the value of nothing, as in Go."""

    def __init__(self, value: Any, where: str, path: str = "") -> None:
        self.value, self.where, self.path = value, where, path

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def items(self, key: str) -> Iterator[_Reader]:
        value = self._get(key, list, "a list", [])
        inside = f"{self.path}.{key}" if self.path else key
        return (_Reader(one, self.where, f"{inside}[{number}]") for number, one in enumerate(value))

    def text(self, key: str) -> str:
        return str(self._get(key, str, "a text", ""))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key, list, "a list of texts", [])
        if not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def number(self, key: str) -> int:
        value = self._get(key, int, "a whole number", 0)
        if isinstance(value, bool) or value < 0:
            raise self.wrong(key, "a whole number")
        return int(value)

    def flag(self, key: str) -> bool:
        return bool(self._get(key, bool, "true or false", False))

    def labels(self, key: str) -> Mapping[str, str] | None:
        value = self._get(key, dict, "labels with a text each", None)
        if value is not None and not all(isinstance(one, str) for one in value.values()):
            raise self.wrong(key, "labels with a text each")
        return value  # type: ignore[no-any-return]

    def address(self, key: str) -> HostAddress | None:
        text = self.text(key)
        try:
            return ip_address(text) if text else None
        except ValueError:
            raise self.refused(key, f"invalid IP address: {text}") from None

    def _get(self, key: str, kind: type, what: str, nothing: Any) -> Any:
        if not isinstance(self.value, dict):
            raise self.wrong("", "an object")
        value = self.value.get(key)
        if value is None:
            return nothing
        if not isinstance(value, kind):
            raise self.wrong(key, what)
        return value

    def wrong(self, key: str, what: str) -> PlanError:
        return self.refused(key, f"it must be {what}")

    def refused(self, key: str, said: str) -> PlanError:
        path = ".".join(part for part in (self.path, key) if part) or "the document"
        return PlanError(f"{path} is not what a Romana topology has there", where=self.where, said=said)
