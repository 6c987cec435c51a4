"""What a daemon reports of itself once its network has converged: plain data, checked by the lab and shown as a claim of its
proof."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reported:
    """A claim about a daemon: the program `argv`, run in the daemon's folder, must print, for each of `patterns` (regular
    expressions; a dot matches a new line too), a paragraph in which it is found."""

    claim: str
    argv: tuple[str, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Convergence:
    """When daemons had done their work: by namespace, nanoseconds from the start of the daemons until the kernel had every
    route that they must learn there; and the claims about daemons that hold, with the namespaces of each."""

    nanoseconds: tuple[tuple[str, int], ...] = ()
    routes: int = 0
    reported: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def slowest(self) -> tuple[str, int]:
        """The namespace that was last, and when."""
        return max(self.nanoseconds, key=lambda found: found[1], default=("", 0))
