"""A change as cells of text, the same on a terminal and in Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.compare.change import Change, Question
from barewire.runs import BASELINE, words

_RATES = {
    "request_rate": "max rate",
    "connect_rate": "connections",
    "packet_rate": "packets",
    "packet_loss": "lost packets",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `change` has its interval; `noise` is the floor; `absolute` is of values, not of losses."""

    network: str
    what: str
    before: str
    after: str
    change: str
    verdict: str
    noise: str
    absolute: str


def line(change: Change) -> Line:
    """A row for a change; of the host, whose loss is nothing, the values."""
    question, ratio = change.question, change.ratio
    absolute = words.loss(change.absolute.ratio) if change.absolute else words.NOTHING
    if question.network == BASELINE:
        was, now = (words.value(told.value, question.metric.unit) for told in (change.before, change.after))
        return Line(BASELINE, name_of(question), was, now, "", "", "", absolute)
    was, now = (words.loss(told.loss.ratio) if told.loss else words.NOTHING for told in (change.before, change.after))
    bounds = words.interval(ratio.low, ratio.high).removesuffix(f"{words.JOIN}%") if ratio else ""
    by = words.loss(ratio.ratio) if ratio else words.NOTHING
    return Line(
        question.network,
        name_of(question),
        was,
        now,
        f"{by} [{bounds}]" if bounds else by,
        change.verdict,
        words.floor(change.floor) if change.floor else words.NOTHING,
        absolute,
    )


def name_of(question: Question) -> str:
    """What is compared: `p99 at 50 % 100 B`, `max rate 100 B`, `bulk, 1 stream`."""
    load, metric = question.load, question.metric.name
    size = f" {words.size(load.response_bytes)}" if load.response_bytes is not None else ""
    match metric:
        case "latency" | "wire_latency":
            what = "wire " if metric == "wire_latency" else ""
            at = "at " if load.kind == "rate" else ""
            return f"{what}{words.quantile(question.quantile or 0)} {at}{words.share(load.load)}{size}"
        case "cpu_per_request":
            return f"CPU at {words.share(load.load)}{size}"
        case "throughput":
            streams = load.load.removeprefix("bulk-")
            return "bulk, 1 stream" if streams == "1" else f"bulk, {streams} streams"
        case "setup_time":
            return "built in"
        case "connect_rate" if load.kind != "connect":
            return f"connections {load.load}{size}"
        case _:
            return f"{_RATES.get(metric, metric)}{size}"
