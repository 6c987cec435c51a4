"""What `barewire explain` reports, as frozen data: `barewire/explain/2`. Written by explain, read by report.

`Document.digits` decides once for all who show such numbers how many decimal places they bear: what a round trip takes are
tens of thousands, what a byte takes is less than one. Limit: keys that no record here names pass by unread, so that a later
version's document can be shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from barewire.errors import RunError
from barewire.records import Count, Number
from barewire.records.fields import Written
from barewire.results import upgrade

SCHEMA = "barewire/explain/2"
_LEADING_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Instructions of a stage per operation, and what that is more than the baseline's."""

    instructions: Number
    difference: Number


@dataclass(frozen=True, slots=True)
class FunctionCost:
    """What a function takes itself, without those that it calls; `module` is empty for the kernel's own."""

    function: str
    module: str
    instructions: Number
    difference: Number


@dataclass(frozen=True, slots=True)
class ExplainedNetwork:
    """One network. `medians` and `by_clock` have one figure of each load, ascending, by the generator's clock and not by the
    plugin: instructions from request to answer, and those of an operation as a counted study reports them."""

    network: str
    instructions: Number
    difference: Number
    operations: Written[Count] = 0
    medians: Written[tuple[Count, ...]] = ()
    by_clock: Written[tuple[Number, ...]] = ()
    counted: Written[Count] = 0
    virtual_ns: Written[Count] = 0
    doubts: Written[Mapping[str, Count]] = field(default_factory=dict)
    stages: Written[Mapping[str, Cost]] = field(default_factory=dict)
    functions: Written[tuple[FunctionCost, ...]] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's name and what it is."""

    name: str
    about: Written[str] = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A network that the kernel cannot make."""

    network: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Document:
    """The whole of it. Instructions are those of one `operation`."""

    schema: str
    kernel: str
    load: str
    operation: str
    baseline: str
    version: Written[str] = ""
    qemu: Written[str] = ""
    virtual_seconds: Written[Number] = 0.0
    stages: Written[tuple[Stage, ...]] = ()
    networks: Written[tuple[ExplainedNetwork, ...]] = ()
    skipped: Written[tuple[Skipped, ...]] = ()

    @property
    def digits(self) -> int:
        """Decimal places that are shown."""
        return digits(self.networks[0].instructions) if self.networks else 0

    @property
    def least(self) -> float:
        """What is less is shown as nothing."""
        return 0.5 * 10.0**-self.digits


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


def digits(instructions: float) -> int:
    """Decimal places that numbers bear of which the whole is `instructions`: four digits of it, and no part of a thousand."""
    if instructions <= 0:
        return 0
    return max(0, _LEADING_DIGITS - 1 - math.floor(math.log10(instructions)))


def read(file: Path) -> Document:
    """RunError when it cannot be read, or is something else."""
    try:
        text = file.read_bytes()
        old = upgrade.of_json(text, "explain")
        found = _DOCUMENT.validate_json(json.dumps(old) if old else text)
    except (OSError, ValidationError) as error:
        said = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
        raise RunError(f"{file.name} cannot be read", said=said or str(error)) from error
    if found.schema != SCHEMA:
        raise RunError(f"{file.name} is {found.schema!r}, not {SCHEMA}")
    return found
