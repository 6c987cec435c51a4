"""Studies that take what they measure, for tests of what a study writes.

They count every trial that others on the machine have disturbed, at once and however much: a test then depends on no neighbour,
and no trial is repeated for one. What else rejects a trial still does. Maxima are searched for with a few short probes, and the
self-test has short loads: figures of a tiny study mean nothing anyway. The pre-flight is a glance, since these studies go on
whatever it finds (`--force`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest import mock

from barewire.records import Reject
from barewire.study.design import budget, gates
from barewire.study.execution import search
from barewire.workloads.generator import selftest

SHORT = search.Thoroughness(0.1, 0.1, 0.1, 0.1, 1.5, 0.3, 1)

GLANCE_S = 0.1


def tolerable(broken: Sequence[Reject], attempt: int) -> bool:
    return all(one.rule in gates.NOISE for one in broken)


PATCHES = (
    (gates, "tolerable", tolerable),
    (budget, "PREFLIGHT_S", GLANCE_S),
    (budget, "LEAST_PREFLIGHT_S", GLANCE_S),
    (search, "HOST", SHORT),
    (search, "CANDIDATE", SHORT),
    (selftest, "SHORTEST_S", 0.05),
)


@contextmanager
def hurried() -> Iterator[None]:
    """Until the end of the body, in this process."""
    with ExitStack() as stack:
        for module, name, value in PATCHES:
            stack.enter_context(mock.patch.object(module, name, value))
        yield
