"""What all files that a person writes have in common: a plan, a tuning, a topology."""

from __future__ import annotations

from pydantic import ConfigDict

LARGEST_FILE = 64 * 1024
"""Bytes of such a file; a larger one is another file."""

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
"""Of the models that read it: unknown keys and other types are refused."""
