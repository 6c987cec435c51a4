"""A history as `barewire/history/2`: every series with its points and steps, for programs. docs/formats.md explains each key."""

from __future__ import annotations

import json

from barewire import schemas
from barewire.records import plain
from barewire.records.history import HistoryDocument, HistoryRun, PointRecord, RunGroup, SeriesRecord, StepRecord
from barewire.render.format import Format
from barewire.render.history.sentences import sentence_of
from barewire.results import BASELINE, words
from barewire.results.cells import number
from barewire.results.clock import COUNTED, WALL
from barewire.results.history.series import History, Series


def document(history: History) -> HistoryDocument:
    """The whole history. Nothing in it is NaN or infinite: what is not known is null."""
    return HistoryDocument(
        schema=f"barewire/history/{schemas.VERSION}",
        baseline=BASELINE,
        error=history.error,
        runs=tuple(HistoryRun(words.json_text(str(one.path)), one.run.created) for one in history.runs),
        groups=tuple(RunGroup(tuple(group.runs), tuple(group.differences)) for group in history.groups),
        series=tuple(_series(history, one) for one in history.series),
        notes=tuple(words.json_text(note) for note in history.notes),
    )


def _series(history: History, one: Series) -> SeriesRecord:
    question = one.question
    return SeriesRecord(
        network=question.network,
        load=question.load.load,
        response_bytes=question.load.response_bytes,
        metric=question.metric.name,
        quantile=question.quantile,
        group=one.group,
        clock=COUNTED if one.counted else WALL,
        floor=number(one.floor),
        points=tuple(
            PointRecord(
                point.run,
                number(point.ratio),
                number(point.low),
                number(point.high),
                number(point.value) if one.counted else None,
            )
            for point in one.points
        ),
        steps=tuple(
            StepRecord(
                step.before,
                step.after,
                number(step.size.ratio),
                number(step.size.low),
                number(step.size.high),
                step.verdict,
                words.json_text(sentence_of(history, one, step)),
            )
            for step in one.steps
        ),
    )


def render(history: History) -> str:
    """The document as text."""
    return json.dumps(plain(document(history)), allow_nan=False, indent=1)


FORMAT = Format("json", "history.json", "every series with its points and steps", render)
