"""What a run has recorded, as the page shows it whole: the environment as rows, the plan as TOML that can be run again."""

from __future__ import annotations

import json
from collections.abc import Mapping

from barewire import workloads
from barewire.errors import BarewireError
from barewire.model.racks_outline import summary
from barewire.model.topology_text import is_document, parse_topology
from barewire.records import PreflightRecord, WarmupRecord
from barewire.render.run import counted, instrument, knees, machines, tuned
from barewire.render.run.data import ReportData
from barewire.results import knees as maxima
from barewire.results import words


def rows_of(value: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Name and text of every value, nested names joined by a point."""
    flat: list[tuple[str, str]] = []
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat += rows_of(item, f"{prefix}{key} · ")
        elif isinstance(item, list | tuple):
            flat.append((f"{prefix}{key}", ", ".join(map(str, item))))
        else:
            flat.append((f"{prefix}{key}", f"{item}"))
    return flat


def toml(plan: Mapping[str, object]) -> str:
    """The plan as TOML: JSON's scalars and arrays are TOML's, a null is left out, a mapping is a table at the end."""
    plain = [
        f"{_key(k)} = {json.dumps(v, ensure_ascii=False)}"
        for k, v in plan.items()
        if v is not None and not isinstance(v, Mapping)
    ]
    tables = [f"\n[{_key(k)}]\n{toml(v)}" for k, v in plan.items() if isinstance(v, Mapping)]
    return "\n".join([*plain, *tables])


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def _racks(data: ReportData) -> str:
    """The racks as they were asked for and the pods that were measured; empty where the nodes were on one segment."""
    asked = _asked(str(data.run.plan.get("topology") or ""))
    paths = (trial.proof.path.forward for trial in data.trials if trial.proof)
    ends = next((f"; from {path[0].namespace} to {path[-1].namespace}" for path in paths if path), "")
    return asked + ends if asked else ""


def _asked(text: str) -> str:
    """A topology as it was typed; that of a file in words."""
    try:
        racks, pair = parse_topology(text)
    except BarewireError:
        return text  # A damaged run has its other facts all the same.
    return f"{summary(racks)}; pair={pair}" if racks and is_document(text) else text


def facts(data: ReportData) -> list[tuple[str, str]]:
    """What a run was, in short: names and texts."""
    environment = data.run.environment
    found = [
        ("measured", words.moment(data.run.created)),
        ("clock", "counted: one instruction is one virtual ns" if data.counted else ""),
        ("layouts" if data.counted else "blocks", str(data.summary.blocks)),
        ("valid trials", str(sum(t.valid for t in data.trials))),
        ("rejected trials", str(len(data.rejected))),
        ("used though not quiet", str(len(data.tolerated)) if data.tolerated else ""),
        ("racks", _racks(data)),
        ("kernel", environment.get("kernel", "")),
        ("VM", counted.machine(data)),
        ("machines", machines.sentence(data)),
        ("hash of all counts", counted.digest(data)),
        ("CPU", environment.get("cpu", {}).get("model", "")),
        ("tuning", tuned.sentence(data)),
        ("before the study", _preflight(data.run.preflight)),
    ]
    return [(name, text) for name, text in found if text]


def _preflight(record: PreflightRecord | None) -> str:
    """What was found on the study's CPUs before it began: `the machine was quiet`, or why it was not."""
    if record is None:
        return ""
    why = "; ".join(one.detail for one in (*record.reasons, *record.remarks))
    said = "the machine was quiet" if record.fit else "the machine was not fit for this clock, and --force was given"
    return f"{said}: {why}" if why else said


def instrument_facts(data: ReportData) -> list[tuple[str, str]]:
    """How the load was generated and on which CPUs, what 100 % of the host is, and what the generator costs."""
    found: dict[str, dict[str, None]] = {}
    for trial in data.trials:
        for role, cpus in trial.pinning.items():
            if trial.valid:
                found.setdefault(f"CPUs of the {role}", {})[", ".join(map(str, cpus))] = None
        for load in trial.loads:
            if trial.valid and workloads.by_load(load.load).at_rate:
                for name in ("connections", "threads", "arrivals", "timing"):
                    if (one := getattr(load, name)) is not None:
                        found.setdefault(name, {})[str(one)] = None
    if warmup := left_out(data.run.warmup):
        found["left out at the beginning of a load"] = {warmup: None}
    facts = [(name, "; ".join(values)) for name, values in found.items()]
    guessed = maxima.guessed(data.run)
    for size, full in data.run.maximum.response_bytes.items():
        high = full.rate_high_per_s
        bound = f" (not more than {words.value(high, '1/s')})" if high is not None else ""
        what = "a guess at the maximum rate" if int(size) in guessed else "the maximum rate"
        name = f"100 % is {what} of {full.of or 'host'}, responses of {size} B"
        facts.append((name, words.value(full.rate_per_s, "1/s") + bound))
    facts += [
        (f"maximum rate of {row.network}, responses of {row.size}", f"{row.rate}, {row.share} of the host's")
        for row in knees.rows(data)
    ]
    return facts + instrument.facts(data.run.instrument)


def left_out(record: WarmupRecord | None) -> str:
    """How much of each load was left out, and how it was found."""
    if record is None:
        return ""
    if not record.found:
        return f"{record.seconds:g} s, as planned"
    kinds = [pilot.kind for pilot in record.pilots]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return f"{record.seconds:g} s, found on {words.count(len(kinds), 'pilot')}: {counted}"
