"""Axes and text for plotly, as plain data: nines, durations, losses, names.

A figure is a dict that the page's script gives to plotly. Colours are written as `var(--name)` and resolved in the
browser, so that one figure serves light and dark. plotly reads a little HTML in every text, so names are escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import floor, log10
from typing import Any

from barewire.runs import words

Spec = dict[str, Any]

SERIES_COLOURS = 7
_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross")
_MARKS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
_MARK_COLOURS = 4
_LONGEST_TICK = 18
_MOST_TICKS = 6
_LOSS_TICKS = (
    *(0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3),
    *(4, 5, 7, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000),
)  # fmt: skip


def plain(text: str) -> str:
    """Text that plotly shows as it is written."""
    return escape(text, quote=False)


def tick(name: str) -> str:
    """A network's name short enough for an axis; long ones differ at their ends, so the middle goes."""
    if len(name) <= _LONGEST_TICK:
        return plain(name)
    half = (_LONGEST_TICK - 1) // 2
    return plain(f"{name[:half]}…{name[-half:]}")


def colour(index: int | None) -> str:
    """The colour of network `index` in the plan; None is the host."""
    return "var(--host)" if index is None else f"var(--series-{index % SERIES_COLOURS})"


def dash(index: int | None) -> str:
    """With more networks than colours, the dash tells them apart."""
    return _DASHES[0 if index is None else index // SERIES_COLOURS % len(_DASHES)]


def symbol(index: int | None) -> str:
    """And the symbol, where there are no lines."""
    return _SYMBOLS[0 if index is None else index // SERIES_COLOURS % len(_SYMBOLS)]


def mark(index: int) -> tuple[str, str]:
    """Symbol and colour of mark `index` where several stand in one row."""
    return _MARKS[index % len(_MARKS)], f"var(--mark-{index % _MARK_COLOURS})"


def nines(samples: Iterable[int]) -> Spec:
    """The axis 1 / (1 - q) with a tick for each nine, as far as the samples go."""
    most = max(samples, default=10)
    names = [(2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"), (10**4, "99.99 %"), (10**5, "99.999 %")]
    names += [(10**6, "99.9999 %"), (10**7, "99.99999 %")]
    shown = [(x, text) for x, text in names if x <= most * 1.5] or names[:1]
    return axis("percentile of requests", type="log", tickvals=[x for x, _ in shown], ticktext=[t for _, t in shown],
                range=[0, log10(max(most, 10)) + 0.05])  # fmt: skip


def durations(values_ns: Iterable[float], title: str) -> Spec:
    """A logarithmic axis of nanoseconds with ticks at 1, 2 and 5 and units that people read."""
    known = [v for v in values_ns if v > 0] or [1.0, 10.0]
    low, high = log10(min(known)), log10(max(known))
    room = max(0.04 * (high - low), 0.03)
    steps = (1, 2, 5) if high - low < 2.5 else (1, 3) if high - low < 3.5 else (1,)
    if high - low < 0.7:
        steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8)  # type: ignore[assignment]
    ticks = [s * 10.0**e for e in range(floor(low - room), floor(high + room) + 1) for s in steps]
    ticks = [t for t in ticks if low - room <= log10(t) <= high + room]
    return axis(
        title, type="log", tickvals=ticks, ticktext=[_duration(t) for t in ticks], range=[low - room, high + room]
    )


def losses(ratios: Iterable[float], title: str) -> Spec:
    """A logarithmic axis of network / host with ticks in percent; it always shows the host's 1."""
    known = [r for r in ratios if r > 0] + [1.0]
    low, high = log10(min(known)), log10(max(known))
    room = max(0.08 * (high - low), 0.01)
    ticks = [t for t in _LOSS_TICKS if low - room <= log10(t) <= high + room]
    shown = _thinned(ticks, (high - low + 2 * room) / 6)
    return axis(title, type="log", tickvals=shown, ticktext=["0" if t == 1 else _loss(t) for t in shown],
                range=[low - room, high + room], zeroline=False)  # fmt: skip


def amounts(most: float, unit: str, title: str) -> Spec:
    """A linear axis from 0 with a few round ticks, in a unit of `words.value`."""
    step = 10.0 ** floor(log10(most)) if most > 0 else 1.0
    step = next(s for s in (step / 5, step / 2, step, step * 2) if most / s <= _MOST_TICKS)
    ticks = [i * step for i in range(int(most / step + 1.05))]
    texts = ["0" if t == 0 else _amount(t, unit) for t in ticks]
    return axis(title, tickvals=ticks, ticktext=texts, range=[0, most * 1.05 or 1])


def rows(names: Sequence[str]) -> Spec:
    """A vertical axis with one row a name, the first on top."""
    return axis("", tickvals=list(range(len(names))), ticktext=[tick(n) for n in names], range=[len(names) - 0.4, -0.6],
                showgrid=False, automargin=True)  # fmt: skip


def axis(title: str, **more: Any) -> Spec:
    """An axis in the report's manner; colours come with the theme."""
    base: Spec = {
        "gridcolor": "var(--grid)",
        "linecolor": "var(--line)",
        "zeroline": False,
        "automargin": True,
        "tickangle": 0,
    }
    if title:
        base["title"] = {"text": title, "standoff": 12}
    return {**base, **more}


def layout(x: Spec, y: Spec, **more: Any) -> Spec:
    """A layout without anything that a figure does not need."""
    return {
        "xaxis": x,
        "yaxis": y,
        "showlegend": False,
        "hovermode": "closest",
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--font)", "size": 12, "color": "var(--ink)"},
        "hoverlabel": {
            "bgcolor": "var(--card)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)"},
            "align": "left",
        },
        **more,
    }


def marked(x: Spec, names: Sequence[str], **more: Any) -> Spec:
    """The layout of marks in one row a name, with a legend of the marks above."""
    legend = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    margin = {"l": 8, "r": 12, "t": 30, "b": 8}
    return layout(x, rows(names), showlegend=True, legend=legend, margin=margin, **more)


def host_line() -> Spec:
    """The host's 1, down the whole figure."""
    return {
        "type": "line",
        "x0": 1,
        "x1": 1,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": "var(--host)", "width": 1},
    }


def band(floor: float) -> Spec:
    """The noise floor (the largest ratio that is noise) on both sides of 1, behind everything."""
    edge = {"x0": 1 / floor, "x1": floor, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "rect", **edge, "fillcolor": "var(--band)", "line": {"width": 0}, "layer": "below"}


def _thinned(ticks: list[float], gap: float) -> list[float]:
    kept: list[float] = [1.0]
    for candidate in sorted(ticks, key=lambda t: abs(log10(t))):
        if all(abs(log10(candidate) - log10(other)) >= gap for other in kept):
            kept.append(candidate)
    return sorted(kept)


def _duration(ns: float) -> str:
    for unit, factor in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if ns < 999.5 * factor:
            return f"{ns / factor:.3g} {unit}"
    return f"{ns / 10**9:.3g} s"


def _amount(value: float, unit: str) -> str:
    if unit == words.INSTRUCTIONS:
        return words.value(value, unit).removesuffix(f"{words.JOIN}instr")
    number, _, text = words.value(value, unit).partition(words.JOIN)
    return f"{float(number):g}{words.JOIN}{text}" if text else number


def _loss(ratio: float) -> str:
    return words.loss(ratio).replace(f".0{words.JOIN}%", f"{words.JOIN}%")
