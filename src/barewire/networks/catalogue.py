"""The catalogue of parts and presets, and the parser of network names.

Parts are found by walking the folders of this package, and third parties' by the entry point groups
`barewire.attach`, `barewire.transport` and `barewire.policy` (each names a class); there is no list to edit.
Presets are read from `presets.toml` here and from the `presets.toml` of each module that the group
`barewire.presets` names. A network is a preset's name, one with `:bare` behind it (the preset without its policy
part), or parts joined by `+`: attach, transport, and perhaps policy; a program with its file (`cni:FILE`) may stand for the
attach, or for all (`programmed.py`). No two parts of a kind and no two presets may have one name: a result would not say
which one it is of.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

from barewire.errors import NetworkError
from barewire.model.network import NetworkSpec, PartSpec
from barewire.networks import attach, discovery, policy, preset_files, programmed, transport
from barewire.networks.network import Network
from barewire.networks.others import ALIASES, NEAREST
from barewire.networks.part import NO_RULES, Attach, Delivery, Policy, Transport

_FOLDERS: dict[str, ModuleType] = {"attach": attach, "transport": transport, "policy": policy}
_WHERE: dict[Delivery, str] = {
    "node": "pods that are their node",
    "routed": "pods behind their node",
    "blocks": "pods behind their node with addresses out of blocks",
    "parent": "pods that only their node's interface on the wire can carry for",
    "l2": "pods that answer on the wire themselves",
    "programs": "pods that BPF programs carry for",
    "switch": "pods that are ports of Open vSwitch",
}

BARE = "bare"
"""The option of a preset that leaves its policy part out: `flannel/vxlan:bare` is `bridge+vxlan`."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named network; `default` says whether a study that names no networks has it."""

    spec: NetworkSpec
    summary: str
    default: bool


@cache
def parts(kind: str) -> dict[str, type[Any]]:
    """The parts of a kind (`attach`, `transport`, `policy`), by name; NetworkError for one that cannot be loaded."""
    found: dict[str, type[Any]] = {}
    for item in discovery.classes(_FOLDERS[kind], _is_part):
        _add(found, item, kind)
    for entry in discovery.installed(f"barewire.{kind}"):
        _add(found, _loaded(entry), kind)
    return found


@cache
def presets() -> tuple[NetworkSpec, ...]:
    """The named networks, in the order of a study; third parties' follow ours."""
    return tuple(preset.spec for preset in _presets())


@cache
def default_presets() -> tuple[NetworkSpec, ...]:
    """The networks of a study that names none."""
    return tuple(preset.spec for preset in _presets() if preset.default)


def parse(text: str) -> NetworkSpec:
    """`flannel/vxlan`, `vxlan`, `ptp+vxlan:vni=7` or `cni:FILE` to a spec whose parts exist and go together; NetworkError
    otherwise."""
    named = {spec.name: spec for spec in presets()}
    first, colon, options = text.partition(":")
    wanted = ALIASES.get(text.lower()) or ALIASES.get(first.lower(), first) + colon + options
    if wanted in named:
        return named[wanted]
    if text.lower() in NEAREST:
        does, nearest = NEAREST[text.lower()]
        raise NetworkError(f"barewire builds no network {text!r}", said=does, remedy=f"The nearest it has: {nearest}")
    preset, _, option = text.rpartition(":")
    if option == BARE and preset in named:
        return _bare(named[preset])
    if (programs := programmed.split(wanted)) is not None:
        first, others = programs
        spec = NetworkSpec(wanted, _part("attach", first, text), *(
            _part(kind, word, text) for kind, word in zip(("transport", "policy"), others, strict=False)
        ))  # fmt: skip
        network(spec)
        return spec
    words = text.split("+")
    if len(words) not in (2, 3):
        raise NetworkError(f"there is no network {text!r}", remedy=_advice(text, list(named)))
    spec = NetworkSpec(text, *(_part(kind, word, text) for kind, word in zip(_FOLDERS, words, strict=False)))
    network(spec)
    return spec


def network(spec: NetworkSpec) -> Network:
    """The parts of a spec, with their options; NetworkError when they do not go together."""
    made_attach: Attach = _made("attach", spec.attach)
    made_transport: Transport = _made("transport", spec.transport)
    made_policy: Policy = _made("policy", spec.policy)
    if made_attach.delivery not in made_transport.carries:
        carried = " and ".join(_WHERE[delivery] for delivery in sorted(made_transport.carries))
        raise NetworkError(
            f"{spec.attach} and {spec.transport} do not go together",
            said=f"{spec.attach} makes {_WHERE[made_attach.delivery]}; {spec.transport} carries packets for {carried}",
            remedy=f"With {spec.attach} go: {', '.join(_carriers(made_attach))}",
        )
    if isinstance(made_transport, programmed.UnmanagedTransport) and not isinstance(
        made_attach, programmed.ProgramAttach
    ):
        raise NetworkError(
            f"{spec.attach} and {spec.transport} do not go together",
            said="without a program nothing would make paths between nodes",
            remedy=f"With {spec.attach} go: {', '.join(_carriers(made_attach))}",
        )
    made = (made_attach, made_transport, *(() if str(spec.policy) == NO_RULES else (made_policy,)))
    summary = _summaries().get(spec.name, "; ".join(part.facts.summary for part in made))
    return Network(spec, made_attach, made_transport, made_policy, summary)


def _bare(spec: NetworkSpec) -> NetworkSpec:
    if str(spec.policy) == NO_RULES:
        raise NetworkError(f"{spec.name} has no rules to leave out", remedy=f"Write {spec.name} without :{BARE}")
    return replace(spec, name=f"{spec.name}:{BARE}", policy=PartSpec(NO_RULES))


def _summaries() -> dict[str, str]:
    found = {preset.spec.name: preset.summary for preset in _presets()}
    return found | {f"{name}:{BARE}": f"{summary}; no rules" for name, summary in found.items()}


@cache
def _presets() -> tuple[Preset, ...]:
    found: dict[str, Preset] = {}
    for where in preset_files.modules():
        for preset in _read_presets(where):
            name = preset.spec.name
            if name in found:
                raise NetworkError(f"two presets are called {name}", where=where, remedy="Rename or remove one")
            found[name] = preset
    return tuple(found.values())


def _read_presets(where: str) -> Iterator[Preset]:
    """The presets of module `where`, in the file's order."""
    for name, *words, summary, default in preset_files.written(where):
        spec = NetworkSpec(name, *(_part(kind, word, name) for kind, word in zip(_FOLDERS, words, strict=True)))
        yield Preset(spec, summary, bool(default))


def _part(kind: str, text: str, whole: str) -> PartSpec:
    name, *options = text.split(":")
    if name not in parts(kind) and not _of_programs(kind, name):
        raise NetworkError(f"there is no {kind} part {name!r}", where=whole, remedy=_advice(name, sorted(parts(kind))))
    pairs: list[tuple[str, str]] = []
    for option in options:
        key, equals, value = option.partition("=")
        if not key or key in dict(pairs) or (equals and not value):
            raise NetworkError(f"{text!r} is not a part with options", where=whole, remedy="Write it like vxlan:vni=42")
        pairs.append((key, value))
    return PartSpec(name, tuple(pairs))


def _made(kind: str, spec: PartSpec) -> Any:
    item = _of_programs(kind, spec.name) or parts(kind)[spec.name]
    return item.from_options(dict(spec.options))


def _of_programs(kind: str, name: str) -> type[Any] | None:
    """A kind of program as attach part, and the transport of a program that makes the whole network."""
    if kind == "attach":
        return programmed.kinds().get(name)
    return programmed.UnmanagedTransport if (kind, name) == ("transport", programmed.UNMANAGED) else None


def _add(found: dict[str, type[Any]], item: type[Any], kind: str) -> None:
    if item.name in found:
        other = found[item.name]
        raise NetworkError(
            f"two {kind} parts are called {item.name}",
            said=f"{other.__module__}.{other.__qualname__} and {item.__module__}.{item.__qualname__}",
            remedy="Rename one, or remove the package that provides it",
        )
    found[item.name] = item


def _is_part(item: type[Any]) -> bool:
    return hasattr(item, "name") and hasattr(item, "from_options")


def _loaded(entry: EntryPoint) -> type[Any]:
    """A third party's part."""
    item = discovery.load(entry, "part")
    if not (inspect.isclass(item) and _is_part(item)):
        raise NetworkError(
            f"{entry.value} is not a part",
            where=f"entry point {entry.name} of {entry.group}",
            remedy="Name a class that follows barewire.networks.part",
        )
    return item


def _carriers(made: Attach) -> list[str]:
    return sorted(name for name, part in parts("transport").items() if made.delivery in part.carries)


def _advice(text: str, names: list[str]) -> str:
    near = difflib.get_close_matches(text.lower(), names, n=3, cutoff=0.5)
    listed = f"There are {', '.join(names)}" if len(names) > 1 else f"There is {names[0]}"
    if "/" in "".join(names):
        listed += "; or write parts, like ptp+vxlan"
    return f"Did you mean {' or '.join(near)}? {listed}" if near else listed
