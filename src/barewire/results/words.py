"""Numbers as text, the same in errors, on the terminal and in the browser.

An overhead is the change against the host in percent; from ten times on as a factor, because nobody reads +2310 %. Signs are
real minus signs. Every number has its unit, joined to it by a space that does not break.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from barewire import workloads
from barewire.units import JOIN as JOIN
from barewire.units import format_bandwidth, format_duration, format_rate

NOTHING = "–"
MINUS = "\u2212"

INSTRUCTIONS = "instructions"
"""The metric and the unit of a counted clock; what they are for, `per` states."""

METRICS: Mapping[str, str] = {
    "latency": "latency",
    INSTRUCTIONS: "instructions",
    "request_rate": "closed-loop request rate",
    "throughput": "TCP throughput",
    "wire_latency": "latency on the wire",
    "connect_rate": "connections per second",
    "packet_rate": "packets received per second",
    "packet_loss": "share of packets lost",
    "cpu_per_request": "CPU time per request",
    "setup_time": "time to build",
    "objects_per_node": "kernel objects per node",
}


_FACTOR_FROM = 10.0
_UNREADABLE = 1e9


def value(number: float | None, unit: str) -> str:
    """A number with its unit: `41.8 µs`, `9.41 Gbit/s`, `44.1 k/s`."""
    if number is None or not isfinite(number):
        return NOTHING
    match unit:
        case "ns":
            text = format_duration(number)
        case "bit/s":
            text = format_bandwidth(number)
        case "1/s":
            text = format_rate(number)
        case "share":
            return percent(number)
        case _ if unit.startswith(INSTRUCTIONS):
            text = f"{_counted(number)} instr"
        case _:
            text = f"{number:.6g}" + ("" if unit in ("", "1") else f" {unit}")
    return _joined(text)


def overhead(ratio: float | None, digits: int = 1) -> str:
    """Network / host as a change: `+54.0 %`, `−8.3 %`, `×12.4`. Counts bear more `digits` than times do."""
    if ratio is None or not isfinite(ratio):
        return NOTHING
    if ratio >= _FACTOR_FROM:
        return f"×{_digits(ratio)}"
    return _joined(f"{_signed(ratio, digits)} %")


def digits(*, counted: bool) -> int:
    """Decimal places of a percentage, by the clock."""
    return 2 if counted else 1


def percent(share: float | None) -> str:
    """A share of 1 in per cent, with three significant digits: `0.0103 %`, `48.2 %`, `100 %`."""
    if share is None or not isfinite(share):
        return NOTHING
    return _joined(f"{share * 100:.3g} %" if abs(share) < 1e9 else f"{share * 100:.1e} %")


def unit_shown(metric: str, unit: str) -> str:
    """The unit in which people read a metric: the share of packets lost is kept as a number of unit 1 and shown in per cent."""
    return "share" if metric == "packet_loss" else unit


def floor(ratio: float | None, digits: int = 1) -> str:
    """A noise floor, the largest ratio that is noise: `2.9 %`, `×12.4`."""
    return overhead(ratio, digits).removeprefix("+")


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """The bounds of an overhead: `+50.1…+58.9 %`; empty if either is unknown."""
    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        return ""
    if high >= _FACTOR_FROM:
        return f"{overhead(low)}…{overhead(high)}"
    return _joined(f"{_signed(low, digits)}…{_signed(high, digits)} %")


def difference(number: float | None, unit: str) -> str:
    """A change in the metric's own unit: `+14.7 µs`, `−120 /s`; empty if there is none."""
    if number is None or not isfinite(number):
        return ""
    if number == 0:
        return value(0.0, unit)
    if unit == "share":
        return f"{'+' if number > 0 else MINUS}{percent(abs(number))}{JOIN}points"
    return ("+" if number > 0 else MINUS) + value(abs(number), unit)


def difference_interval(low: float | None, high: float | None, unit: str) -> str:
    """The bounds of a change: `+13.9 µs…+15.5 µs`; empty if either is unknown."""
    return f"{difference(low, unit)}…{difference(high, unit)}" if low is not None and high is not None else ""


def quantile(q: float) -> str:
    """0.999 to `p99.9`; 1 to `max`."""
    return "max" if q >= 1 else f"p{q * 100:.10g}"


def quantile_name(q: float) -> str:
    """A quantile within a sentence."""
    return {0.5: "the median", 1.0: "the maximum"}.get(q, quantile(q))


def size(response_bytes: int | None) -> str:
    """Bytes of an answer: `100 B`, `4 KiB`."""
    if response_bytes is None:
        return "any size"
    if response_bytes >= 1024 and response_bytes % 1024 == 0:
        return f"{response_bytes // 1024}{JOIN}KiB"
    return f"{response_bytes}{JOIN}B"


def share(load: str) -> str:
    """A load's name in a sentence: `50%` to `50 %`, `own-50%` to `50 % of its own maximum`."""
    return workloads.by_load(load).detail(load) if workloads.by_load(load).at_rate else load


def per(load: str) -> str:
    """What the instructions of a load are counted for: `round trip`, `byte`, `packet`, `connection`, else `request`."""
    return workloads.by_load(load).unit


def instruction_count(number: float) -> str:
    """`31 600`; of less than a hundred three significant digits."""
    return _joined(_counted(number))


def instructions(number: float | None, load: str) -> str:
    """Within a sentence: `31 600 instructions per round trip`."""
    if number is None or not isfinite(number):
        return NOTHING
    return f"{instruction_count(number)}{JOIN}instructions per {per(load)}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 trial`, `2 trials`, `240 000 samples`."""
    return thousands(number) + f"{JOIN}{one if number == 1 else many or one + 's'}"


def thousands(number: int) -> str:
    """`240 000`."""
    return f"{number:,}".replace(",", JOIN)


def places(number: float, digits: int) -> str:
    """With so many decimal places: `15 161`, `0.7431`."""
    return f"{number:,.{digits}f}".replace(",", JOIN)


def moment(time: str) -> str:
    """A time stamp of a run's files, which are all in UTC: `2026-01-01 00:00:00 UTC`; what is no time stamp stays as it is."""
    return time.replace("T", " ").removesuffix("Z") + " UTC" if time.endswith("Z") else time


def listing(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def exact(value: float | None) -> str:
    """A count as it is, not rounded to three digits like a time: `52 310`, `52 310.5`, `1.2345`."""
    if value is None:
        return NOTHING
    if value < 100:
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return f"{value:,.1f}".removesuffix(".0").replace(",", JOIN)


def json_text(text: str) -> str:
    """Text with a path in it, for JSON: a byte of a path that is not UTF-8 is written like `\\xff`. As a lone surrogate, which is
    what Python makes of it, other readers of JSON refuse it."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _counted(number: float) -> str:
    """Whole from a hundred on, else three significant digits: what a byte takes is often less than one."""
    return thousands(round(number)) if abs(number) >= 100 else f"{number:.3g}"


def _digits(number: float) -> str:
    """Three significant digits, thousands apart: `12.4`, `4 870`."""
    if number >= _UNREADABLE:
        return f"{number:.1e}"
    rounded = float(f"{number:.3g}")
    return f"{rounded:,.0f}".replace(",", JOIN) if rounded >= 1000 else f"{rounded:g}"


def _joined(text: str) -> str:
    return text.replace("-", MINUS).replace(" ", JOIN)


def _signed(ratio: float, digits: int = 1) -> str:
    percent = (ratio - 1) * 100
    text = f"{percent:+.{digits}f}" if abs(percent) < 99.95 else f"{percent:+.0f}"
    return text[1:] if float(text) == 0 else text
