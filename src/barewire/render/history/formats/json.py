"""A history as `barewire/history/2`: every series with its points and steps, for programs. docs/formats.md explains each key."""

from __future__ import annotations

import json
from typing import Any

from barewire import schemas
from barewire.render.format import Format
from barewire.render.history.sentences import sentence_of
from barewire.results import BASELINE, words
from barewire.results.cells import number
from barewire.results.clock import COUNTED, WALL
from barewire.results.history.series import History, Series


def document(history: History) -> dict[str, Any]:
    """The whole history. Nothing in it is NaN or infinite: what is not known is null."""
    return {
        "schema": f"barewire/history/{schemas.VERSION}",
        "baseline": BASELINE,
        "error": history.error,
        "runs": [{"path": words.json_text(str(one.path)), "created": one.run.created} for one in history.runs],
        "groups": [
            {
                "runs": list(group.runs),
                "differences": [
                    {"subject": one.subject, "key": one.key, "before": one.before, "after": one.after}
                    for one in group.differences
                ],
            }
            for group in history.groups
        ],
        "series": [_series(history, one) for one in history.series],
        "notes": [words.json_text(note) for note in history.notes],
    }


def _series(history: History, one: Series) -> dict[str, Any]:
    question = one.question
    return {
        "network": question.network,
        "load": question.load.load,
        "response_bytes": question.load.response_bytes,
        "metric": question.metric.name,
        "quantile": question.quantile,
        "group": one.group,
        "clock": COUNTED if one.counted else WALL,
        "floor": number(one.floor),
        "points": [
            {
                "run": point.run,
                "ratio": number(point.ratio),
                "ratio_low": number(point.low),
                "ratio_high": number(point.high),
                **({"value": number(point.value)} if one.counted else {}),
            }
            for point in one.points
        ],
        "steps": [
            {
                "before": step.before,
                "after": step.after,
                "ratio": number(step.size.ratio),
                "ratio_low": number(step.size.low),
                "ratio_high": number(step.size.high),
                "verdict": step.verdict,
                "sentence": words.json_text(sentence_of(history, one, step)),
            }
            for step in one.steps
        ],
    }


def render(history: History) -> str:
    """The document as text."""
    return json.dumps(document(history), allow_nan=False, indent=1)


FORMAT = Format("json", "history.json", "every series with its points and steps", render)
