"""The maximum rate by the counted clock: one closed loop gives it, without a search.

One virtual CPU does what the client, the server and the kernel do, one after the other, and a nanosecond of its clock is an
instruction. So as long as it is never idle, the time from one answer to the next is all that a request took on both sides, and
its inverse is the rate that nothing can exceed. What each workload counts is in its own module (`barewire.workloads`).

Medians elsewhere because the kernel's own work (a timer tick, a grace period of RCU) falls on another request in every run. The
start of programs counts nowhere: all is between two readings of the clock in the generator.
"""

from __future__ import annotations

from collections.abc import Callable

from barewire.records import MaximumRecord, ProbeRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.loads import Site
from barewire.study.execution.search import unanswered
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.requests import exact_spec, http_spec
from barewire.workloads.generator import counted, load


def maximum(
    path: PathUnderTest, site: Site, plan: StudyPlan, size: int, progress: Callable[[str, int, float, bool], None]
) -> MaximumRecord:
    """The host's maximum rate in virtual time as `run.json` keeps it."""
    assert plan.seconds is not None
    spec = http_spec(path, site, plan, size, None, plan.seconds, plan.seed)
    result = load.run(path.client.node, path.client.namespace, exact_spec(spec, plan.seed, site))
    rate = 1e9 / counted.mean(result.exact.values["cycle"]) if result.exact else result.achieved_per_s
    if rate <= 0:
        raise unanswered(path, plan)
    progress(path.name, size, rate, True)
    probe = ProbeRecord("closed loop", rate, True, result.achieved_per_s, plan.seconds)
    return MaximumRecord(
        rate, rate_low_per_s=rate, rate_high_per_s=rate, closed_loop_per_s=(rate, rate), probes=(probe,)
    )
