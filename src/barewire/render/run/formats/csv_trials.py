"""What was measured before anything was computed: one row for each load of each trial, also of rejected ones.

The columns of a load are its keys in trials.ndjson, nested ones joined by a point (`latency_ns.0.99`), so the unit is in the
name as it is there, and keys that a later version adds are columns by themselves; the trial's own stand before them and begin
with `trial` or `setup` where both have one. A list (drops) is its JSON. A trial that ended before its first load
has one row, and so has a network that could not be measured; both without numbers. Filter by `valid`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from barewire.render.format import Format
from barewire.render.run.data import ReportData
from barewire.render.run.tables import csv_text, flat
from barewire.results import reading

_TRIAL = {
    "trial": "trial", "block": "block", "position": "position", "network": "network", "role": "role",
    "started": "started", "seconds": "trial.seconds", "seed": "trial.seed", "valid": "valid",
}  # fmt: skip


def render(data: ReportData) -> str:
    """The table, in the order in which trials ran."""
    rows = list(_rows(data))
    columns = dict.fromkeys([*_TRIAL.values(), "rejected", "clock", "measured", "reason"])
    return csv_text([*columns, *dict.fromkeys(key for row in rows for key in row if key not in columns)], rows)


def _rows(data: ReportData) -> Iterator[dict[str, object]]:
    for trial in map(json.loads, reading.read(data.path).lines):
        rejected = "; ".join(f"{one['rule']}: {one.get('detail', '')}" for one in trial.get("rejected", ()))
        own = {column: trial.get(key) for key, column in _TRIAL.items()}
        own |= {"rejected": rejected, "clock": data.summary.clock, "measured": True}
        own |= dict(flat({k: v for k, v in (trial.get("setup") or {}).items() if k != "objects"}, "setup."))
        for load in trial.get("loads") or [{}]:
            yield {**dict(flat(load)), **own}
    for network in data.unmeasured:
        yield {
            "network": network.name,
            "valid": False,
            "clock": data.summary.clock,
            "measured": False,
            "reason": network.reason,
        }


FORMAT = Format("csv-trials", "trials.csv", "one row for each load of each trial, before anything is computed", render)
