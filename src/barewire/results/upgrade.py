"""Runs of format version 1 (barewire 0.1) as version 2 has them: records, one at a time, and tags of histograms.

Version 2 has other words for the same things: a load names its `workload` and no kind, the workloads have the names that
netperf's and wrk2's users know, a network's rules are its `policy`, and what labs are built at is a `testbed`. Values and
units are the same. Limit: a version 1 run is read and compared; it cannot be resumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

WORKLOADS: Mapping[str, str] = {
    "rate": "http", "max": "http-max", "connect": "http-crr", "bulk": "tcp-stream", "packets": "udp-stream",
}  # fmt: skip
"""Names of workloads that changed, as plans and loads had them."""

_PART = {"enforce": "policy"}
_VERDICTS = {"indistinguishable": "no-difference-found"}
"""What the first runs called a cell in which no difference was found; whether it was equivalent they did not ask."""

_STREAM, _CLOSED_LOOPS = "bulk-", ("rr", "crr")
Record = dict[str, Any]


def load_name(name: str) -> str:
    """A load's name: `bulk-4` is `tcp-stream-4`, `max` is `http-max`, shares like `50%` stay."""
    if name.startswith(_STREAM):
        return f"tcp-stream-{name.removeprefix(_STREAM)}"
    return WORKLOADS.get(name, name)


def tag(text: str) -> str:
    """The tag of a histogram, `latency/max/100`."""
    kind, slash, rest = text.partition("/")
    load, end, size = rest.partition("/")
    return f"{kind}{slash}{load_name(load)}{end}{size}"


def plan(record: Record) -> Record:
    """`plan` of run.json and study.json."""
    changed = dict(record)
    kinds = changed.pop("kinds", None)
    if isinstance(kinds, list):
        changed["workloads"] = [WORKLOADS.get(kind, kind) if isinstance(kind, str) else kind for kind in kinds]
    # Before these keys there were only shares of the host's maximum rate.
    known = changed if "loads_of" in changed else {**changed, "loads_of": "host", "own_loads": []}
    return known if "memory" in known else {**known, "memory": 1024}


def run(record: Record) -> Record:
    """run.json."""
    changed = {**record, "schema": "barewire/run/2"}
    _at(changed, "plan", plan)
    _at(changed, "environment", lambda found: _renamed({"place": "local", **found}, {"place": "testbed"}))
    _each(changed, "networks", _network)
    if isinstance(changed.get("warmup"), dict):
        _at(changed, "warmup", lambda found: _each(dict(found), "pilots", _named))
    return changed


def trial(record: Record) -> Record:
    """A line of trials.ndjson."""
    return _each({**record, "schema": "barewire/trial/2"}, "loads", _load)


def summary(record: Record) -> Record:
    """summary.json."""
    changed = {**record, "schema": "barewire/summary/2"}
    _each(changed, "networks", _network)
    for key in ("cells", "noise_floor", "parts"):
        _each(changed, key, _named)
    return _each(changed, "parts", _part)


def study(record: Record) -> Record:
    """study.json."""
    changed = {**record, "schema": "barewire/study/2"}
    _at(changed, "plan", plan)
    return changed


def explanation(record: Record) -> Record:
    """explain.json."""
    return _named({**record, "schema": "barewire/explain/2"})


UPGRADES: Mapping[str, Callable[[Record], Record]] = {
    "run": run, "trial": trial, "summary": summary, "study": study, "explain": explanation,
}  # fmt: skip
"""By the kind of record."""


def of_json(text: bytes, kind: str) -> Record | None:
    """What a record of version 1 is in version 2; None for one that is damaged or of another version."""
    if b'/1"' not in text:
        return None  # the schema of version 1 ends so: most records need not be parsed to know that they are of another one
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    old = isinstance(found, dict) and found.get("schema") == f"barewire/{kind}/1"
    return UPGRADES[kind](found) if old else None


def _load(record: Record) -> Record:
    changed = _named(record)
    kind = changed.pop("kind", None)
    if kind is not None:
        changed["workload"] = changed.get("load") if kind in _CLOSED_LOOPS else WORKLOADS.get(kind, kind)
    return changed


def _network(record: Record) -> Record:
    changed = dict(record)
    _at(changed, "parts", lambda parts: _renamed(parts, _PART))
    return changed


def _part(record: Record) -> Record:
    name = record.get("part")
    return {**record, "part": _PART.get(name, name)} if isinstance(name, str) else record


def _named(record: Record) -> Record:
    name, verdict = record.get("load"), record.get("verdict")
    changed = {**record, "load": load_name(name)} if isinstance(name, str) else record
    return {**changed, "verdict": _VERDICTS[verdict]} if isinstance(verdict, str) and verdict in _VERDICTS else changed


def _renamed(record: Record, names: Mapping[str, str]) -> Record:
    return {names.get(key, key): value for key, value in record.items()}


def _at(record: Record, key: str, change: Callable[[Record], Record]) -> None:
    if isinstance(record.get(key), dict):
        record[key] = change(record[key])


def _each(record: Record, key: str, change: Callable[[Record], Record]) -> Record:
    """`record` with each object of a list changed; damaged ones are for the reader to refuse."""
    found = record.get(key)
    if isinstance(found, list):
        record[key] = [change(one) if isinstance(one, dict) else one for one in found]
    return record
