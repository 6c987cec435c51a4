"""The counted study that `barewire study` offers where a machine's kernel lacks networks: which, how long, and the command.

It is offered and never begun: a user who started a quarter of an hour of wall-clock trials did not ask for half an hour of a VM.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from barewire.results import words
from barewire.results.clock import ADDED
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import added


def offer(plan: StudyPlan, without: Sequence[str], path: Path, *, quick: bool) -> list[str]:
    """Lines about the networks that the run at `path` is `without`; none where nothing lacks or kernel and clock were chosen."""
    without = added.of_kernel(without)
    if not without or not added.is_left_open(plan):
        return []
    lacks = f"This machine's kernel cannot build {words.listing(list(without))}."
    if found := added.hindrance():
        return [f"{lacks} A VM could; {str(found)[:1].lower()}{str(found)[1:]}"]
    minutes = max(1, round(added.minutes(plan, quick=quick)))
    line = added.command(plan, added.kernel_of(plan), quick=quick, out=path / ADDED)
    return [f"{lacks} In a VM all networks can be measured by instruction count, about {minutes} min:", f"  {line}"]
