"""What `barewire kernels --json` prints: the kernels that a study can run on, the running one first, the others oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from barewire.records.fields import Count

Where = Literal["running", "boot", "cache", "archive", "here"]
Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class FeatureRecord:
    """Whether a kernel has a feature, and if not, why."""

    available: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KernelRecord:
    """A kernel. `trouble` is why it cannot be used, `features` null for one that was not probed."""

    release: Text
    version: Text
    where: Where
    bytes_to_fetch: Count
    vmlinuz: str
    trouble: str
    features: Mapping[str, FeatureRecord] | None


@dataclass(frozen=True, slots=True)
class KernelsDocument:
    """The whole of it."""

    schema: str
    kernels: Annotated[tuple[KernelRecord, ...], Field(min_length=1)]
    notes: tuple[str, ...]
