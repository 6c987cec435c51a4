"""RFC 4180 text of rows, for programs and not for people: CRLF, quotes where they are needed, nothing rounded.

A number is written as Python repeats it exactly, with a point; what is not known is empty, never 0 and never NaN.
Truth is `true` and `false`, as pandas, R and SQL loaders read it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and a line for each row; keys that are no column are left out, missing ones are empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_plain(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def flat(record: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """A record's columns: nested keys joined by a point, a list as its JSON."""
    for key, value in record.items():
        # The only quantity of a run's files whose key does not state its unit.
        name = f"{prefix}{'cpu_seconds' if prefix == 'machine.' and key == 'cpu' else key}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}.")
        else:
            yield name, (json.dumps(value) if value else None) if isinstance(value, list) else value


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value) if isfinite(value) else ""
        case _:
            return str(value)
