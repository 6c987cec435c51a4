"""A comparison as `barewire/compare/2`: everything that was worked out, for programs. docs/formats.md explains each key."""

from __future__ import annotations

import json
from typing import cast

from barewire import schemas
from barewire.records import plain
from barewire.records.comparison import (
    ChangeMethod,
    ChangeRecord,
    CompareDocument,
    ComparedRun,
    JudgedGate,
    PairingRecord,
    SideRecord,
)
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.notes import notes
from barewire.render.format import Format
from barewire.results import BASELINE, words
from barewire.results.cells import number, rounded
from barewire.results.clock import COUNTED, WALL
from barewire.results.comparison.answer import ComparedRuns, Pairing
from barewire.results.comparison.change import Change, SideFigure
from barewire.results.comparison.gates import Judged
from barewire.statistics import CONFIDENCE, Interval


def document(answer: ComparedRuns) -> CompareDocument:
    """The whole comparison. Nothing in it is NaN or infinite: what is not known is null."""
    return CompareDocument(
        schema=f"barewire/compare/{schemas.VERSION}",
        baseline=BASELINE,
        confidence=CONFIDENCE,
        runs=tuple(
            ComparedRun(words.json_text(str(files.path)), files.run.created, len(run.blocks), run.complete)
            for files, run in zip(answer.files, answer.runs, strict=True)
        ),
        comparisons=tuple(_pairing(answer, pairing) for pairing in answer.pairings),
        gates=tuple(map(_gate, answer.judged)),
    )


def _pairing(answer: ComparedRuns, pairing: Pairing) -> PairingRecord:
    return PairingRecord(
        before=pairing.before,
        after=pairing.after,
        before_runs=pairing.before_runs,
        after_runs=pairing.after_runs,
        basis=pairing.comparison.basis,
        earlier_runs=len(pairing.comparison.earlier.runs),
        paired=pairing.comparison.paired,
        clock=COUNTED if pairing.comparison.counted else WALL,
        same_machine=pairing.same_machine,
        differences=pairing.differences,
        notes=tuple(words.json_text(note) for note in notes(answer, pairing)),
        cells=tuple(map(_cell, pairing.changes)),
    )


def _cell(change: Change) -> ChangeRecord:
    question, ratio = change.question, change.ratio
    overhead, value = _bounds(ratio), _bounds(change.absolute)
    return ChangeRecord(
        network=question.network,
        load=question.load.load,
        response_bytes=question.load.response_bytes,
        metric=question.metric.name,
        quantile=question.quantile,
        unit=question.metric.unit,
        before=_side(change.before),
        after=_side(change.after),
        ratio=overhead[0],
        ratio_low=overhead[1],
        ratio_high=overhead[2],
        n=ratio.n if ratio else 0,
        method=cast("ChangeMethod", ratio.method if ratio else "none"),
        floor=number(change.floor),
        verdict=change.verdict,
        basis=change.basis,
        detectable=number(change.detectable),
        absolute=value[0],
        absolute_low=value[1],
        absolute_high=value[2],
    )


def _side(figure: SideFigure) -> SideRecord:
    return SideRecord(
        number(figure.value),
        *_bounds(figure.overhead),
        number(figure.offered_per_s),
        figure.blocks,
        figure.samples or None,
    )


def _gate(judged: Judged) -> JudgedGate:
    return JudgedGate(
        words.json_text(judged.gate.text),
        judged.after,
        judged.outcome,
        judged.basis,
        words.json_text(sentence(judged)),
        rounded(judged.gate.bound),
        rounded(judged.confidence),
        *_bounds(judged.interval),
    )


def _bounds(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    """A ratio and its interval."""
    return (number(interval.ratio), number(interval.low), number(interval.high)) if interval else (None, None, None)


def render(answer: ComparedRuns) -> str:
    """The document as text."""
    return json.dumps(plain(document(answer)), allow_nan=False, indent=1)


FORMAT = Format("json", "compare.json", "everything that was worked out, for programs", render)
