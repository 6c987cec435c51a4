"""What shows that a load was not the one that was asked for: the limits that a study and `barewire load` share, and the text of
failures."""

from __future__ import annotations

from collections.abc import Mapping

from barewire.records import ErrorExamples, plain

MOST_ERRORS = 0.001
"""Of all requests. Above it the load was another load."""

MOST_GAP, LEAST_GAP_S = 0.05, 0.02
"""Of a load's time that the generator may stand still at once, and no limit is below the seconds: a time slice of another
program."""

MOST_STOPPED, LEAST_STOPPED_S = 0.1, 0.1
"""The same for all gaps together that are longer than a time slice (20 ms and more)."""


def worst_standstill(longest_gap_ns: float, stopped_ns: float, seconds: float) -> tuple[str, float, float]:
    """Compare the time that a generator did not run, in a load of `seconds`, with both limits: which of them it exceeds most ("at
    once" or "in all"), the seconds, and by how many times the limit."""
    gaps = (
        ("at once", longest_gap_ns / 1e9, max(LEAST_GAP_S, MOST_GAP * seconds)),
        ("in all", stopped_ns / 1e9, max(LEAST_STOPPED_S, MOST_STOPPED * seconds)),
    )
    return max(((how, stopped_s, stopped_s / limit) for how, stopped_s, limit in gaps), key=lambda one: one[2])


def list_failures(counts: Mapping[str, int], examples: ErrorExamples | None) -> str:
    """Failures by kind, each with its first example where the generator kept one; empty if there were none."""
    first = plain(examples) if examples else {}
    return ", ".join(
        f"{count} {kind}" + (f" (the first: {first[kind]!r})" if kind in first else "")
        for kind, count in counts.items()
        if count
    )
