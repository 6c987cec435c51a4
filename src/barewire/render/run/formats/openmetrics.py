"""OpenMetrics text, for Prometheus, its Pushgateway and the textfile collector of node_exporter, and with them Grafana.

https://prometheus.io/docs/specs/om/open_metrics_spec/ (1.0). Base units: seconds, bytes; latencies are summaries with
quantiles (1 is the maximum), rates and costs are gauges, what was counted over the valid trials are counters. Only types that the
classic Prometheus text format has too are used, since the textfile collector reads that one: for it, `# UNIT` and `# EOF` are
comments. There are no time stamps: the moment of a scrape is not the moment of a measurement, which
`barewire_run_created_seconds` states.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from barewire.records import Cell
from barewire.render.format import Format
from barewire.render.run import counted
from barewire.render.run.data import ReportData
from barewire.results import words

_Labels = tuple[tuple[str, str], ...]

_COUNTED = ("clock", counted.LABEL)
"""On every sample of a counted run and on none of another: so one query never mixes virtual time with time."""


@dataclass(slots=True)
class _Family:
    name: str
    kind: str
    help: str
    unit: str = ""
    samples: list[tuple[str, _Labels, float]] = field(default_factory=list)

    def add(self, value: float | None, *found: tuple[str, str], suffix: str = "") -> None:
        if value is not None:
            self.samples.append((suffix, found, value))


def render(data: ReportData) -> str:
    """The exposition; a run without any result has its networks and counters alone."""
    families = [*_run(data), *_values(data), *_ratios(data), *_counters(data)]
    if data.counted:
        for family in families:
            family.samples = [(suffix, (*found, _COUNTED), value) for suffix, found, value in family.samples]
    lines = [line for family in families if family.samples for line in _lines(family)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _lines(family: _Family) -> Iterator[str]:
    yield f"# TYPE {family.name} {family.kind}"
    if family.unit:
        yield f"# UNIT {family.name} {family.unit}"
    yield f"# HELP {family.name} {_escaped(family.help)}"
    for suffix, found, value in family.samples:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in found)
        yield f"{family.name}{suffix}{{{shown}}} {value!r}" if shown else f"{family.name}{suffix} {value!r}"


def _escaped(text: str) -> str:
    # A carriage return alone would end a line for some readers, and neither format can escape it.
    return text.replace("\r", " ").replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _run(data: ReportData) -> Iterator[_Family]:
    about = f" ({counted.short(data)})" if data.counted else ""
    info = _Family("barewire_run", "gauge", f"The run that all other samples are of; always 1{about}")
    kernel, created = data.run.environment.get("kernel", ""), data.run.created
    seed = "" if data.run.seed is None else str(data.run.seed)
    digest = (("hash", counted.digest(data)),) if counted.digest(data) else ()
    info.add(1, ("run", data.path.name), ("created", created), ("kernel", kernel), ("seed", seed), *digest)
    yield info
    moment = _Family("barewire_run_created_seconds", "gauge", "When the study was begun, since the epoch", "seconds")
    moment.add(_epoch(created))
    yield moment
    complete = _Family("barewire_run_complete", "gauge", "Whether every block of the plan has every network")
    complete.add(int(data.summary.complete))
    yield complete
    blocks = _Family("barewire_run_blocks", "gauge", "Blocks that can be compared")
    blocks.add(data.summary.blocks)
    yield blocks
    measured = _Family(
        "barewire_network_measured", "gauge", "Whether this machine could measure the network; if not, why"
    )
    for network in data.networks:
        reason = () if network.measured else (("reason", network.reason or ""),)
        measured.add(int(network.measured), ("network", network.name), *reason)
    yield measured


def _values(data: ReportData) -> Iterable[_Family]:
    families: dict[str, _Family] = {}
    counts: dict[tuple[str, _Labels], int] = {}
    for cell in data.summary.cells:
        unit, factor = _base(cell.unit)
        name = f"barewire_{_name(cell.metric)}" + (f"_{unit}" if unit else "")
        what = words.METRICS.get(cell.metric, cell.metric.replace("_", " "))
        kind = "gauge" if cell.quantile is None else "summary"
        if cell.metric == words.INSTRUCTIONS:
            what = "instructions of a round trip, a byte, a packet or a connection (per)"
        family = families.setdefault(name, _Family(name, kind, what[:1].upper() + what[1:], unit))
        if cell.quantile is None:
            family.add(_times(cell.value, factor), *_where(cell))
        else:
            family.add(_times(cell.value, factor), *_where(cell), ("quantile", f"{cell.quantile:.10g}"))
            if cell.samples is not None:
                counts[name, _where(cell)] = cell.samples
    for (name, where), count in counts.items():
        families[name].add(count, *where, suffix="_count")
    # The samples of one set of labels belong together.
    for family in families.values():
        family.samples.sort(key=lambda s: [pair for pair in s[1] if pair[0] != "quantile"])
    return families.values()


def _ratios(data: ReportData) -> Iterator[_Family]:
    about = f"Network over {data.baseline}, within blocks"
    bounds = f"of the {data.summary.confidence * 100:g} % interval of barewire_ratio"
    ratio = _Family("barewire_ratio", "gauge", about)
    low, high = (_Family(f"barewire_ratio_{end}", "gauge", f"The {end} end {bounds}") for end in ("low", "high"))
    verdicts = _Family("barewire_verdict", "gauge", "What can be concluded of a ratio; always 1")
    for cell in data.summary.cells:
        if cell.network != data.baseline and (cell.ratio is not None or cell.verdict == "saturated"):
            at = (*_where(cell), ("metric", cell.metric))
            at += () if cell.quantile is None else (("quantile", f"{cell.quantile:.10g}"),)
            for family, value in ((ratio, cell.ratio), (low, cell.low), (high, cell.high)):
                if value is not None:
                    family.add(value, *at)
            verdicts.add(1, *at, ("verdict", cell.verdict))
    yield from (ratio, low, high, verdicts)


def _counters(data: ReportData) -> Iterator[_Family]:
    sums: dict[str, Counter[_Labels]] = defaultdict(Counter)
    for network in data.networks:
        for one in data.loads(network.name):
            at: _Labels = (("network", network.name), ("load", one.load))
            at += () if one.response_bytes is None else (("response_bytes", str(one.response_bytes)),)
            sums["requests"][at] += one.requests or 0
            for kind, count in one.errors.items():
                sums["errors"][*at, ("kind", kind)] += count
            sums["retransmissions"][at] += one.usage.retransmissions
            sums["dropped_packets"][at] += sum(drop.packets for drop in one.usage.drops)
    for what, found in sums.items():
        family = _Family(f"barewire_{what}", "counter", f"{what.replace('_', ' ').capitalize()} in all valid trials")
        for at, count in found.items():
            family.add(count, *at, suffix="_total")
        yield family
    rejected = _Family("barewire_rejected_trials", "counter", "Trials that broke a rule and were not used")
    rejected.add(len(data.rejected), suffix="_total")
    yield rejected


def _where(cell: Cell) -> _Labels:
    size = () if cell.response_bytes is None else (("response_bytes", str(cell.response_bytes)),)
    per = (("per", words.per(cell.load)),) if cell.metric == words.INSTRUCTIONS else ()
    return (("network", cell.network), ("load", cell.load), *size, *per)


def _base(unit: str) -> tuple[str, float]:
    """The base unit's name, and by what a value is multiplied."""
    match unit:
        case "ns":
            return "seconds", 1e-9
        case "bit/s":
            return "bytes_per_second", 1 / 8
        case "1/s":
            return "per_second", 1
        case "B":
            return "bytes", 1
        case "" | "1" | words.INSTRUCTIONS:
            return "", 1
        case _:
            return _name(unit.replace("/s", "_per_second")), 1


def _times(value: float | None, factor: float) -> float | None:
    # Sixteen digits are what a double holds; the rounding takes back what 1e-9 adds behind them.
    return None if value is None else float(f"{value * factor:.15g}")


def _name(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]+", "_", text).strip("_").lower() or "unnamed"


def _epoch(created: str) -> float | None:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        return None


FORMAT = Format("openmetrics", "metrics.prom", "OpenMetrics text, for Prometheus and Grafana", render)
