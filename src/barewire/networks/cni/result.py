"""What a plugin answers: a result with the pod's addresses, or an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Any

from barewire.model.objects import IPAddress


@dataclass(frozen=True, slots=True)
class CniResult:
    """The result of a chain: the document as the last plugin printed it, and the pod's addresses in its order."""

    document: Mapping[str, Any]
    addresses: tuple[IPAddress, ...]


def parse_result(text: str) -> CniResult:
    """ValueError with what is wrong. An address that belongs to an interface outside of the pod is not the pod's."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    interfaces, ips = found.get("interfaces") or [], found.get("ips") or []
    if not isinstance(interfaces, list) or not isinstance(ips, list):
        raise ValueError("interfaces and ips are not lists")
    addresses = []
    for entry in ips:
        try:
            address = ip_interface(entry["address"]).ip
            where = interfaces[entry["interface"]] if entry.get("interface") is not None else None
            inside = where is None or bool(where.get("sandbox"))
        except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(f"{json.dumps(entry)} of ips is not an address of the specification") from error
        if inside:
            addresses.append(address)
    return CniResult(found, tuple(addresses))


def parse_error(text: str) -> str:
    """The error document of a plugin on one line, as it is; empty if `text` is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) and "msg" in found else ""
