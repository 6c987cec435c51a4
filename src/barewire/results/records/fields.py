"""Types that several records share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from pydantic import Field

from barewire import statistics

Number = Annotated[float, Field(allow_inf_nan=False)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=1 << 63)]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time", "pattern": "Z$"})]
"""UTC, RFC 3339."""

Verdict = statistics.Verdict
Method = Literal["paired-log-t", "hodges-lehmann", "bootstrap-blocks", "baseline", "none"]
WRITTEN = "written"
_T = TypeVar("_T")
Written = Annotated[_T, WRITTEN]
"""A field that every file of this version has; its default is for files that lack it."""


def plain(record: object) -> Any:
    """A record as JSON has it. A field that is not `Written` and has no value is left out; the others are null."""
    if is_dataclass(record) and not isinstance(record, type):
        found = {}
        for name, key, always in _fields(type(record)):
            value = getattr(record, name)
            if value is not None or always:
                found[key] = plain(value)
        return found
    if isinstance(record, Mapping):
        return {key: plain(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [plain(value) for value in record]
    return record


@cache
def _fields(record: type) -> tuple[tuple[str, str, bool], ...]:
    """Name, key in JSON and whether it is always written, for each field."""
    hints = get_type_hints(record, include_extras=True)
    found = []
    for one in fields(record):
        marks: tuple[Any, ...] = getattr(hints[one.name], "__metadata__", ())
        alias = next((mark.alias for mark in marks if getattr(mark, "alias", None)), one.name)
        required = one.default is MISSING and one.default_factory is MISSING
        found.append((one.name, alias, required or WRITTEN in marks))
    return tuple(found)
