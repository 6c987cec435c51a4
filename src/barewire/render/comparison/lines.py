"""A change as cells of text, the same on a terminal and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from barewire.render import verdicts
from barewire.results import BASELINE, words
from barewire.results.analysis import LoadKey
from barewire.results.comparison.change import Change, Comparison
from barewire.results.comparison.chosen import is_instructions
from barewire.results.comparison.question import Question
from barewire.statistics import Interval
from barewire.workloads.definition import shares
from barewire.workloads.definition.workload import HTTP_ROUND_TRIPS, ROUND_TRIPS, STREAMS

_RATES = {
    "request_rate": "closed loop",
    "connect_rate": "connections",
    "packet_rate": "packets",
    "packet_loss": "lost packets",
}

CHANGED = ("worse", "better")
MARK = "*"
"""Behind a verdict that is about two runs alone."""

_SHORT = {
    "equivalent": f"≈{words.JOIN}same",
    "no-difference-found": "none",
    "below-noise-floor": "noise",
    "unsupported": "few",
    "unlike-rates": "rates",
}
THESE_LEGEND = f"{MARK}{words.JOIN}About these two runs only: how far two runs of one network are apart is not known."
COUNTED_LEGEND = (
    "Counted runs: instructions executed, the same on every machine, each with its change from before to after and a "
    f"95{words.JOIN}% interval over the layouts. More is worse. ≈{words.JOIN}same: equivalent, the whole interval is within "
    "the margin. None: no difference was found, the interval contains 0. Noise: the change is within the noise floor, at least "
    f"{(ROUND_TRIPS - 1) * 100:.1g}{words.JOIN}% for round trips and connections, "
    f"{(HTTP_ROUND_TRIPS - 1) * 100:.1g}{words.JOIN}% for those over HTTP and {(STREAMS - 1) * 100:.2g}{words.JOIN}% for streams "
    "and packets. Overhead: the change of the network over that of its "
    "host. Caches, devices and contention between CPUs do not show in it."
)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One row. `change` has its interval; `noise` is the floor; `beside` is the plain change of values, or in counted runs, which
    are judged by that, the change of the overhead; `label` (`short` on a terminal) is the verdict, `detectable` (`smallest` as a
    number) from which change on there would have been one."""

    network: str
    what: str
    before: str
    after: str
    change: str
    verdict: str  # empty where nothing is judged
    noise: str
    beside: str
    label: str = ""
    short: str = ""
    detectable: str = ""
    smallest: float | None = None

    @property
    def changed(self) -> bool:
        """Whether there is a difference."""
        return self.verdict in CHANGED


def label(verdict: str, basis: str, *, short: bool = False) -> str:
    """A verdict as a table has it; one that is about two runs alone has a mark."""
    found = _SHORT.get(verdict, verdict) if short else verdicts.label(verdict) or verdict
    return f"{found}{MARK}" if verdict in (*CHANGED, "equivalent") and basis == "these-runs" else found


def rest(lines: Sequence[ChangeLine]) -> str:
    """How many rows have no difference, by what is said of them; empty if there are none."""
    found = Counter(one.verdict for one in lines if one.verdict and not one.changed)
    if not found:
        return ""
    counts = ", ".join(f"{count} {verdicts.label(verdict)}" for verdict, count in found.most_common())
    power = f" {said}" if (said := smallest(lines)) else ""
    return f"Not shown: {counts}; --all has every row, load, size and quantile.{power}"


def smallest(lines: Sequence[ChangeLine]) -> str:
    """The smallest changes that could have been found in rows where none was, as a sentence; empty if there is no such row."""
    found = [one for one in lines if one.verdict == "no-difference-found" and one.smallest]
    if not found:
        return ""
    best, worst = (pick(found, key=lambda one: one.smallest or 0.0).detectable for pick in (min, max))
    between = best if best == worst else f"{best} to {worst}, by row,"
    return f"Where no difference was found, a change of {between} would have been found in 80 of 100 comparisons."


def line(change: Change, comparison: Comparison) -> ChangeLine:
    """A row for a change: overheads; of the host, whose overhead is nothing, and in counted runs the values.

    Of runs that took turns the host's change has its interval: what the machine did meanwhile has met both.
    """
    question = change.question
    if comparison.counted:
        was, now = (words.exact(figure.value) for figure in (change.before, change.after))
        return _line(change, was, now, change.absolute, change.ratio, 2)
    if question.network == BASELINE:
        unit = words.unit_shown(question.metric.name, question.metric.unit)
        was, now = (words.value(figure.value, unit) for figure in (change.before, change.after))
        absolute = words.overhead(change.absolute.ratio) if change.absolute else words.NOTHING
        bounds = _bounds(change.absolute, 1) if comparison.took_turns else ""
        return ChangeLine(
            BASELINE, name_of(question), was, now, "", "", "", f"{absolute} [{bounds}]" if bounds else absolute
        )
    was, now = (
        words.overhead(figure.overhead.ratio) if figure.overhead else words.NOTHING
        for figure in (change.before, change.after)
    )
    return _line(change, was, now, change.ratio, change.absolute, 1)


def _line(
    change: Change, was: str, now: str, judged: Interval | None, beside: Interval | None, digits: int
) -> ChangeLine:
    bounds = _bounds(judged, digits)
    by = words.overhead(judged.ratio, digits) if judged else words.NOTHING
    return ChangeLine(
        change.question.network,
        name_of(change.question),
        was,
        now,
        f"{by} [{bounds}]" if bounds else by,
        change.verdict or "",
        words.floor(change.floor, digits) if change.floor else words.NOTHING,
        words.overhead(beside.ratio, digits) if beside else words.NOTHING,
        label(change.verdict or "", change.basis),
        label(change.verdict or "", change.basis, short=True),
        words.floor(change.detectable, digits) if change.detectable else words.NOTHING,
        change.detectable,
    )


def _bounds(interval: Interval | None, digits: int) -> str:
    return words.interval(interval.low, interval.high, digits).removesuffix(f"{words.JOIN}%") if interval else ""


def name_of(question: Question) -> str:
    """What is compared: `p99 at 50 % 100 B`, `closed loop 100 B`, `TCP, 1 stream`."""
    load, metric = question.load, question.metric.name
    size = f" {words.size(load.response_bytes)}" if load.response_bytes is not None else ""
    if is_instructions(question.metric):
        at = "at " if load.workload.at_rate else ""
        return f"instructions {at}{words.share(load.load)}{size if load.workload.at_rate else ''}"
    match metric:
        case "latency" | "wire_latency":
            what = "wire " if metric == "wire_latency" else ""
            return f"{what}{words.quantile(question.quantile or 0)} {_at(load, size)}"
        case "cpu_per_request":
            return f"CPU {_at(load, size)}"
        case "throughput":
            return f"TCP, {load.workload.detail(load.load)}"
        case "setup_time":
            return "built in"
        case "connect_rate" if load.workload.column:
            return f"connections {load.workload.column}{size}"
        case _:
            return f"{_RATES.get(metric, metric)}{size}"


def _at(load: LoadKey, size: str) -> str:
    """Short, because tables of 80 columns have it in their first one: `at 50 % 100 B`, `50 % own` of each network's own maximum,
    which has one size of answers alone."""
    if shares.is_own(load.load):
        return f"{shares.percent(load.load):g}{words.JOIN}% own"
    return f"at {words.share(load.load)}{size}" if load.workload.at_rate else f"{words.share(load.load)}{size}"


OWN_LEGEND = "Own: of each network's own maximum rate. Rates: those were more than 5 % apart, so nothing is compared."
