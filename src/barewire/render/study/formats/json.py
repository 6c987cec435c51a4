"""Every condition's summary, and the comparison as `barewire compare --json` has it: `barewire/study-summary/1`."""

from __future__ import annotations

import json

from barewire.records import plain
from barewire.render.comparison.formats.json import document as comparison
from barewire.render.format import Format
from barewire.render.study.whole import Whole

SCHEMA = "barewire/study-summary/1"


def document(whole: Whole) -> dict[str, object]:
    """What `barewire study --json` writes: every condition's summary, and the comparison as `barewire compare --json` has it."""
    return {
        "schema": SCHEMA,
        "conditions": {one.name: json.loads(data.summary_text or "null") for one, data in whole.begun},
        "comparison": plain(comparison(whole.answer)) if whole.answer else None,
    }


def render(whole: Whole) -> str:
    """The document as text."""
    return json.dumps(document(whole), allow_nan=False, ensure_ascii=False, indent=1)


FORMAT = Format("json", "study-summary.json", "every condition's summary and their comparison", render)
