"""A comparison as `barewire/compare/2`: everything that was worked out, for programs. docs/formats.md explains each key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from barewire import schemas
from barewire.render.comparison.gates import sentence
from barewire.render.comparison.notes import notes
from barewire.render.format import Format
from barewire.results import BASELINE, words
from barewire.results.cells import number
from barewire.results.clock import COUNTED, WALL
from barewire.results.comparison.answer import ComparedRuns, Pairing
from barewire.results.comparison.change import Change, SideFigure
from barewire.results.comparison.gates import Judged
from barewire.statistics import CONFIDENCE, Interval


def document(answer: ComparedRuns) -> dict[str, Any]:
    """The whole comparison. Nothing in it is NaN or infinite: what is not known is null."""
    return {
        "schema": f"barewire/compare/{schemas.VERSION}",
        "baseline": BASELINE,
        "confidence": CONFIDENCE,
        "runs": [
            {
                "path": words.json_text(str(files.path)),
                "created": files.run.created,
                "blocks": len(run.blocks),
                "complete": run.complete,
            }
            for files, run in zip(answer.files, answer.runs, strict=True)
        ],
        "comparisons": [_comparison(answer, pairing) for pairing in answer.pairings],
        "gates": [_gate(judged) for judged in answer.judged],
    }


def _comparison(answer: ComparedRuns, pairing: Pairing) -> dict[str, Any]:
    return {
        "before": pairing.before,
        "after": pairing.after,
        "before_runs": list(pairing.before_runs),
        "after_runs": list(pairing.after_runs),
        "basis": pairing.comparison.basis,
        "earlier_runs": len(pairing.comparison.earlier.runs),
        "paired": pairing.comparison.paired,
        "clock": COUNTED if pairing.comparison.counted else WALL,
        "same_machine": pairing.same_machine,
        "differences": [
            {"subject": one.subject, "key": one.key, "before": one.before, "after": one.after}
            for one in pairing.differences
        ],
        "notes": [words.json_text(note) for note in notes(answer, pairing)],
        "cells": [_cell(change) for change in pairing.changes],
    }


def _cell(change: Change) -> dict[str, Any]:
    question, ratio = change.question, change.ratio
    absolute = _bounds(change.absolute)
    return {
        "network": question.network,
        "load": question.load.load,
        "response_bytes": question.load.response_bytes,
        "metric": question.metric.name,
        "quantile": question.quantile,
        "unit": question.metric.unit,
        "before": _figure(change.before),
        "after": _figure(change.after),
        **_bounds(ratio),
        "n": ratio.n if ratio else 0,
        "method": ratio.method if ratio else "none",
        "floor": number(change.floor),
        "verdict": change.verdict,
        "basis": change.basis,
        "detectable": number(change.detectable),
        **{key.replace("ratio", "absolute"): value for key, value in absolute.items()},
    }


def _figure(figure: SideFigure) -> dict[str, Any]:
    return {
        "value": number(figure.value),
        **_bounds(figure.overhead),
        "offered_per_s": number(figure.offered_per_s),
        "n": figure.blocks,
        "samples": figure.samples or None,
    }


def _gate(judged: Judged) -> dict[str, Any]:
    return {
        "gate": words.json_text(judged.gate.text),
        "after": judged.after,
        "outcome": judged.outcome,
        "basis": judged.basis,
        "sentence": words.json_text(sentence(judged)),
        "bound": number(judged.gate.bound),
        "confidence": number(judged.confidence),
        **_bounds(judged.interval),
    }


def _bounds(interval: Interval | None) -> Mapping[str, float | None]:
    if interval is None:
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    return {
        "ratio": number(interval.ratio),
        "ratio_low": number(interval.low),
        "ratio_high": number(interval.high),
    }


def render(answer: ComparedRuns) -> str:
    """The document as text."""
    return json.dumps(document(answer), allow_nan=False, indent=1)


FORMAT = Format("json", "compare.json", "everything that was worked out, for programs", render)
