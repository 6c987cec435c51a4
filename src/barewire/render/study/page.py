"""Everything that the page of a study over conditions shows, as plain data for its template."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from barewire.render.comparison import grid
from barewire.render.comparison.headline import headline
from barewire.render.comparison.notes import notes
from barewire.render.run import answer
from barewire.render.run.counted import TITLE, banner
from barewire.render.run.page.limits import limits as limits_of
from barewire.render.run.page.recorded import facts as facts_of
from barewire.render.run.page.recorded import toml
from barewire.render.study import figures, tables
from barewire.render.study.tables import StudyTable
from barewire.render.study.whole import KERNEL, StudyCondition, Whole
from barewire.render.svg.figure import Figure
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.comparison.answer import ComparedRuns
from barewire.statistics import CONFIDENCE

_IN_SERIES = (
    "Kernels ran one after another, each in a VM of its own: their blocks are no pairs, and what the machine did meanwhile is "
    "in every overhead’s own host."
)

_WHERE = {"kernel": "on Linux", "tune": "under the tunings", "pair": "in racks, between nodes"}
_FACTORS = {"kernel": "kernel", "tune": "tuning", "pair": "pair"}

_REST = (None, *SHOWN_QUANTILES[:2])
"""Quantiles of every load. Further out most need a resampling for each number, minutes of work for a study by the wall clock."""


@dataclass(frozen=True, slots=True)
class Versus:
    """A condition against the first: the sentence, what should be known before the numbers, the tables."""

    name: str
    headline: str
    notes: Sequence[str]
    tables: Sequence[StudyTable]


@dataclass(frozen=True, slots=True)
class ConditionLink:
    """A condition's row: where its own report is (empty: nowhere), how far it got, what it has that others have otherwise, and
    its report's first sentence."""

    name: str
    href: str
    state: str
    facts: Sequence[str]
    headline: str


@dataclass(frozen=True)
class StudyPage:
    """The page; empty sequences are sections that the study has nothing for."""

    title: str
    counted: bool
    partial: str
    banner: str
    factor: str
    facts: Sequence[tuple[str, str]]
    glance: Sequence[StudyTable]
    legend: str
    overheads: Sequence[Figure]
    tables: Sequence[StudyTable]
    changes: Sequence[Figure]
    versus: Sequence[Versus]
    same_machine: bool
    rest: Sequence[StudyTable]
    apart: Sequence[str]
    conditions: Sequence[ConditionLink]
    limits: Sequence[str]
    command: str
    plan: str

    clock = TITLE
    confidence = f"{CONFIDENCE * 100:g}"

    @property
    def blocks(self) -> str:
        """What blocks are called."""
        return "layouts" if self.counted else "blocks"

    @property
    def figures(self) -> Sequence[Figure]:
        """Every figure, for the script."""
        return [*self.overheads, *self.changes]

    @property
    def copied(self) -> Mapping[str, str]:
        """Every table is copied as it is shown."""
        return {}


def page(whole: Whole) -> StudyPage:
    """Gather the page from a study; at least one of its conditions must have begun."""
    runs = [data for _, data in whole.begun]
    first = runs[0]
    facts, apart, conditions = _conditions(whole)
    kernels = whole.study.factor == KERNEL
    names = words.listing([one.name for one in whole.conditions])
    limits = (_IN_SERIES,) if kernels and not first.counted else ()
    return StudyPage(
        title=f"What container networks cost {_WHERE[whole.study.factor]} {names}",
        counted=first.counted,
        partial=_partial(whole),
        banner=banner(first),
        factor=_FACTORS[whole.study.factor],
        facts=facts,
        **(_compared(whole.answer) if whole.answer else _NOTHING),
        apart=apart,
        conditions=conditions,
        limits=[*limits, *limits_of(first)],
        command=answer.repeat_command(first) or whole.study.command,
        plan=toml(whole.study.plan),
    )


_NOTHING: Mapping[str, Any] = dict.fromkeys(("glance", "overheads", "tables", "changes", "versus", "rest"), ()) | {
    "legend": "",
    "same_machine": True,
}


def _compared(found: ComparedRuns) -> Mapping[str, Any]:
    """What there is where conditions could be compared."""
    names = grid.names_of(found)
    first, chosen = grid.first(found), grid.first_questions(found)
    rest = [one for one in grid.askable(found) if one not in chosen and one.quantile in _REST]
    grids = {one.about: one for one in grid.grids_of(found, [*chosen, *rest])}
    overheads = [figures.overheads(grids[about], number) for number, about in enumerate(chosen)]
    changes = [figures.changes(found, names, about, number) for number, about in enumerate(first)]
    return {
        "glance": [tables.side_by_side(grids[about], f"glance-{i}") for i, about in enumerate(first)],
        "legend": grids[first[0]].legend if first else "",
        "overheads": [figure for figure in overheads if figure],
        "tables": [
            tables.side_by_side(grids[about], f"table-{i}") for i, about in enumerate(chosen) if about not in first
        ],
        "changes": [figure for figure in changes if figure],
        "versus": [
            Versus(
                f"{names[one.after]} against {names[one.before]}",
                headline(one.comparison),
                notes(found, one),
                tables.against_first(one, names, f"against-{one.after}"),
            )
            for one in found.pairings
        ],
        "same_machine": all(one.same_machine for one in found.pairings),
        "rest": [tables.side_by_side(grids[about], f"rest-{i}") for i, about in enumerate(rest) if grids[about].rows],
    }


def _conditions(whole: Whole) -> tuple[list[tuple[str, str]], list[str], list[ConditionLink]]:
    """Facts that all begun runs share, the names of those in which they differ, and a row for each condition."""
    found = {one.name: dict(facts_of(data)) for one, data in whole.begun}
    every = dict.fromkeys(name for facts in found.values() for name in facts)
    same = {name: len({facts.get(name) for facts in found.values()}) == 1 for name in every}
    shared = next(iter(found.values()))
    apart = [name for name in every if not same[name]]
    links = [
        _link(whole, one, [found.get(one.name, {}).get(name, words.NOTHING) for name in apart])
        for one in whole.conditions
    ]
    return [(name, shared[name]) for name in every if same[name]], apart, links


def _link(whole: Whole, one: StudyCondition, facts: Sequence[str]) -> ConditionLink:
    there = (whole.path / one.run / "report.html").is_file()
    return ConditionLink(
        one.name,
        f"{quote(one.run)}/report.html" if there else "",
        "not begun" if one.data is None else "complete" if one.data.summary.complete else "partial",
        facts,
        answer.answer(one.data).headline if one.data else "",
    )


def _partial(whole: Whole) -> str:
    if whole.complete and not whole.hindrance:
        return ""
    waiting = [one.name for one in whole.conditions if one.data is None]
    cut = [one.name for one, data in whole.begun if not data.summary.complete]
    clauses = [f"{words.listing(cut)} {_are(cut)} not complete"] if cut else []
    clauses += [f"{words.listing(waiting)} {_have(waiting)} not begun"] if waiting else []
    said = f"This study is partial: {'; '.join(clauses)}. " if clauses else ""
    if whole.hindrance:
        said += f"The conditions are not compared: {whole.hindrance}. "
    if clauses:
        said += f"barewire study --resume {shlex.quote(str(whole.path))} goes on."
    return said.strip()


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _have(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
