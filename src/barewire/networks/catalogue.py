"""Which parts and presets there are, and what a network's text means.

Parts are found by walking the folders of this package, and third parties' by entry point; there is no list to edit. A network
is a preset's name, or parts joined by `+`: attach, transport, and perhaps enforce.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
import tomllib
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, cast

from barewire.errors import NetworkError
from barewire.model.network import NetworkSpec, PartSpec
from barewire.networks import attach, enforce, transport
from barewire.networks.network import Network
from barewire.networks.part import Attach, Enforce, Transport

_FOLDERS: dict[str, ModuleType] = {"attach": attach, "transport": transport, "enforce": enforce}
_WHERE = {
    "node": "pods that are their node",
    "routed": "pods behind their node",
    "l2": "pods that answer on the wire themselves",
}


@cache
def parts(kind: str) -> dict[str, type[Any]]:
    """The parts of a kind (`attach`, `transport`, `enforce`), by name."""
    folder = _FOLDERS[kind]
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        loaded = importlib.import_module(module.name)
        for _, item in inspect.getmembers(loaded, inspect.isclass):
            if item.__module__ == module.name and hasattr(item, "name") and hasattr(item, "of"):
                found[item.name] = item
    for entry in entry_points(group=f"barewire.{kind}"):
        item = entry.load()
        found[item.name] = item
    return found


@cache
def presets() -> tuple[NetworkSpec, ...]:
    """The named networks, in the order of a study."""
    return tuple(spec for spec, _ in _presets())


def parse(text: str) -> NetworkSpec:
    """`flannel/vxlan` or `ptp+vxlan:vni=7` to a spec whose parts exist and go together; NetworkError otherwise."""
    named = {spec.name: spec for spec in presets()}
    if text in named:
        return named[text]
    words = text.split("+")
    if len(words) not in (2, 3):
        raise NetworkError(f"there is no network {text!r}", remedy=_advice(text, list(named)))
    spec = NetworkSpec(text, *(_part(kind, word, text) for kind, word in zip(_FOLDERS, words, strict=False)))
    network(spec)
    return spec


def network(spec: NetworkSpec) -> Network:
    """The parts of a spec, with their options; NetworkError when they do not go together."""
    made_attach = cast(Attach, _made("attach", spec.attach))
    made_transport = cast(Transport, _made("transport", spec.transport))
    if made_attach.delivery not in made_transport.carries:
        raise NetworkError(
            f"{spec.attach} and {spec.transport} do not go together",
            said=f"{spec.attach} makes {_WHERE[made_attach.delivery]}, and {spec.transport} carries packets for "
            + " and ".join(_WHERE[delivery] for delivery in sorted(made_transport.carries)),
            remedy=f"With {spec.attach} go {', '.join(_carriers(made_attach))}",
        )
    if spec.attach.name == "ipvlan" and spec.transport.name != "routes" and made_attach.delivery == "routed":
        raise NetworkError(
            f"{spec.attach} and {spec.transport} do not go together",
            said="ipvlan routes a pod's packets over its parent alone, so nothing else on the node can carry them",
            remedy="Write ipvlan:l3+routes or ipvlan:l3s+routes",
        )
    summaries = {preset.name: summary for preset, summary in _presets()}
    return Network(
        spec, made_attach, made_transport, cast(Enforce, _made("enforce", spec.enforce)), summaries.get(spec.name, "")
    )


@cache
def _presets() -> tuple[tuple[NetworkSpec, str], ...]:
    table = tomllib.loads(resources.files("barewire.networks").joinpath("presets.toml").read_text())
    return tuple(
        (
            NetworkSpec(
                entry["name"],
                _part("attach", entry["attach"], entry["name"]),
                _part("transport", entry["transport"], entry["name"]),
                _part("enforce", entry.get("enforce", "none"), entry["name"]),
            ),
            entry["summary"],
        )
        for entry in table["network"]
    )


def _part(kind: str, text: str, whole: str) -> PartSpec:
    name, *options = text.split(":")
    if name not in parts(kind):
        raise NetworkError(f"there is no {kind} part {name!r}", where=whole, remedy=_advice(name, sorted(parts(kind))))
    pairs = []
    for option in options:
        key, _, value = option.partition("=")
        if not key or key in dict(pairs):
            raise NetworkError(f"{text!r} is not a part with options", where=whole, remedy="Write it like vxlan:vni=42")
        pairs.append((key, value))
    return PartSpec(name, tuple(pairs))


def _made(kind: str, spec: PartSpec) -> object:
    return parts(kind)[spec.name].of(dict(spec.options))


def _carriers(made: Attach) -> list[str]:
    return sorted(name for name, part in parts("transport").items() if made.delivery in part.carries)


def _advice(text: str, names: list[str]) -> str:
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
    listed = f"There are {', '.join(names)}" if len(names) > 1 else f"There is {names[0]}"
    if "/" in "".join(names):
        listed += "; or write parts, like ptp+vxlan"
    return f"Did you mean {near[0]}? {listed}" if near else listed
