"""The source of a study's candidates: who says which there are, opens one for a trial, and describes the machines.

A study compares paths. Labs that it builds are one source (`sources/labs.py`); addresses of another machine are another. Blocks,
rates, warm-up, rules, records and reports are the same for all, and decide nothing by the source. A source is made for one run,
of its plan; the candidates are known by the names that the plan has of them, the baseline's among them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from barewire.kernel.processors import Processors
from barewire.lab.pinning import Pinning
from barewire.records import Built, EnvironmentRecord, InstrumentRecord, NetworkRecord, ProofRecord, RunRecord
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.site import Layout


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be measured, by its name; where it cannot be, why, and what to do."""

    name: str
    reason: str = ""
    remedy: str = ""

    @property
    def measured(self) -> bool:
        return not self.reason


class CandidatePath(PathUnderTest, Protocol):
    """A candidate that is open: a path for the workloads, and what a trial records of it beside them."""

    def verify(self) -> ProofRecord:
        """Prove the path, or describe what packets do on it where nothing can be expected; ProofError for a path that is not what
        its name says, or carries nothing."""
        ...

    def setup(self) -> Built | None:
        """How long it took to build and what of; None for what was there before."""
        ...

    def environment(self) -> EnvironmentRecord:
        """The machines that the path is on, as `environment` of `run.json` keeps them."""
        ...


class CandidateSource(Protocol):
    """All that a run asks of its candidates and their machines."""

    @property
    def first_port(self) -> int:
        """The first of the ports of a path's server."""
        ...

    @property
    def delay_ns(self) -> int:
        """The delay that was added to every path, one way; 0 for none."""
        ...

    def require(self) -> None:
        """PrerequisiteError for a program that is missing on either side, NetworkError for a candidate that cannot exist."""
        ...

    def survey(self) -> tuple[Candidate, ...]:
        """All candidates of the plan, tried; PrerequisiteError where even the baseline cannot be measured."""
        ...

    def record(self, candidate: Candidate) -> NetworkRecord:
        """As `networks` of `run.json` keeps it."""
        ...

    def refuse_changed(self, record: RunRecord, where: str) -> None:
        """RunError where a candidate is no longer what the run at `where` began with."""
        ...

    def processors(self) -> Processors:
        """The CPUs of the client's machine."""
        ...

    def pinning(self) -> Pinning:
        """The CPUs of client and server, each of its own machine. PlanError for one that there is not."""
        ...

    def open(self, name: str, layout: Layout | None = None) -> AbstractContextManager[CandidatePath]:
        """A candidate for the body of the `with`, in a trial's `layout` if it has one. Everything that was made goes with it."""
        ...

    def instrument(self, pinning: Pinning, effort: float) -> InstrumentRecord:
        """What the load generator alone costs on the client's machine, with `effort` (0 to 1) of the usual length."""
        ...

    def restart(self, group: int) -> None:
        """Restart whatever outlives a path, so that the next shares no state with earlier ones. It begins a group of blocks,
        from 1, or goes on with it."""
        ...
