"""A rule of `gates` or `drop_rules` that a trial broke."""

from __future__ import annotations

from typing import NamedTuple

from barewire.records import Reject


class Broken(NamedTuple):
    """A rule that was broken, how, and by how many times its limit where it has one that noise is measured by."""

    rule: str
    detail: str
    excess: float = 1.0

    def record(self, load: str = "") -> Reject:
        """As a trial keeps it."""
        detail = f"{load}: {self.detail}" if load else self.detail
        return Reject(self.rule, detail, float(f"{self.excess:.3g}"))
