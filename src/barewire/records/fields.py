"""Types that several records share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from pydantic import Field, ValidationError

Number = Annotated[float, Field(allow_inf_nan=False)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=1 << 63)]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time", "pattern": "Z$"})]
"""UTC, RFC 3339."""

MARGIN = 0.05
"""Differences within this are equivalent, unless the plan has another margin."""

Verdict = Literal[
    "slower",
    "faster",
    "equivalent",
    "no-difference-found",
    "below-noise-floor",
    "saturated",
    "inconclusive",
    "unsupported",
]
"""`slower`, `faster`: the interval excludes 1 and the ratio is above the noise floor. `equivalent`: the interval lies within the
margin. `below-noise-floor`: it excludes 1, but the host differs from itself as much. `no-difference-found`: it contains 1.
`inconclusive`: neither was found, and the noise would have hidden even a large difference. `saturated`: the network did not
carry the offered rate. `unsupported`: there is no interval."""

Method = Literal["paired-log-t", "hodges-lehmann", "bootstrap-blocks", "baseline", "none"]
WRITTEN, ALWAYS = "written", "always"
_T = TypeVar("_T")
Written = Annotated[_T, WRITTEN]
"""A field that every file of this version has; its default is for files that lack it."""

Always = Annotated[_T | None, ALWAYS]
"""The same for what is never null: None stands for files that lack it."""

Rate = Annotated[float, Field(allow_inf_nan=False, gt=0)]
Parts = Annotated[
    Mapping[str, str],
    Field(
        json_schema_extra={
            "properties": {name: {"type": "string"} for name in ("attach", "transport", "policy")},
            "required": ["attach", "transport", "policy"],
            "additionalProperties": False,
        }
    ),
]
"""A network's parts, with options as written."""


def plain(record: object) -> Any:
    """A record as JSON has it. Of a field that is not `Written`, None and an empty mapping or list are left out; the others are
    written as they are."""
    if is_dataclass(record) and not isinstance(record, type):
        found = {}
        for name, key, always in _fields(type(record)):
            value = getattr(record, name)
            if always or not (value is None or (isinstance(value, Mapping | tuple) and not value)):
                found[key] = plain(value)
        return found
    if isinstance(record, Mapping):
        return {key: plain(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [plain(value) for value in record]
    return record


def why(error: ValueError) -> str:
    """What was wrong with a value, in one line: of several things that pydantic found the first, with the place."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def written(record: type) -> tuple[str, ...]:
    """The keys that every file of this version has, of a dataclass or a TypedDict."""
    hints = get_type_hints(record, include_extras=True)
    if is_dataclass(record):
        marks = {key: {WRITTEN, ALWAYS} & set(_marks(hints[name])) for name, key, _ in _fields(record)}
        return tuple(key for name, key, always in _fields(record) if always or marks[key])
    return tuple(key for key, hint in hints.items() if WRITTEN in _marks(hint))


@cache
def _fields(record: type) -> tuple[tuple[str, str, bool], ...]:
    """Name, key in JSON and whether it is always written, for each field."""
    hints = get_type_hints(record, include_extras=True)
    found = []
    for one in fields(record):
        marks = _marks(hints[one.name])
        alias = next((mark.alias for mark in marks if getattr(mark, "alias", None)), one.name)
        required = one.default is MISSING and one.default_factory is MISSING
        found.append((one.name, alias, required or WRITTEN in marks))
    return tuple(found)


def _marks(hint: object) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())
