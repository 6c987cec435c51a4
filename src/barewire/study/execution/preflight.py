"""Pre-flight: whether this machine is quiet enough for a wall-clock study, decided by rules before the first trial.

A study on a busy machine costs its whole time and then says nothing, because its noise floor is above every overhead. The rules
look at what `kernel.activity` saw in some seconds on the CPUs that the study will use, and at what `kernel.claims` knows of
other studies. A first look that finds the machine unfit is followed by a second one: a cron job must not stop a study.

The load average alone decides nothing: it remembers a minute, the last study's own load included. It is a remark, as is
everything that slows a machine evenly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from barewire.kernel.activity import Activity, Process
from barewire.networks import catalogue
from barewire.records import Finding, PreflightRecord
from barewire.study.design.plan import StudyPlan
from barewire.tuning.labs import tracks_nothing
from barewire.units import format_share

MOST_BUSY = 0.10
"""Of a CPU's time that others may use; above it a trial meets them all the time."""

MOST_STEAL = 0.02
"""Of a CPU's time that the hypervisor may keep. Trials are rejected from 5 % on (`gates.MOST_STEAL`)."""

NAMED_SHARE, NAMED = 0.02, 3
"""A process is named from this share of a CPU on, and up to so many of them."""

LOWEST_LIMIT = 0.5
"""Of a CPU's own frequency: below this a limit is a thermal or power emergency and not a setting."""

FASTEST_CONNECTS, SHORT_S = 20_000, 0.5
"""Connections per second that one CPU opens at most, about, and the seconds of a load that the plan leaves open."""

SLOW_CLOCKS = frozenset({"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"})
"""Clock sources that are read through a device or are coarse: microseconds for each time stamp."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """`reasons` make a machine unfit; `remarks` do not."""

    activity: Activity
    reasons: tuple[Finding, ...]
    remarks: tuple[Finding, ...] = ()
    who: str = "this machine is"

    @property
    def fit(self) -> bool:
        return not self.reasons

    def sentence(self) -> str:
        """`fit for wall-clock studies`, or `not fit for wall-clock studies, because ...`."""
        if self.fit:
            return "fit for wall-clock studies"
        return f"not fit for wall-clock studies, because {'; '.join(one.detail for one in self.reasons)}"

    def record(self, *, forced: bool = False) -> PreflightRecord:
        """`preflight` of `run.json`; `forced` is whether the study goes on whatever is found."""
        seen = self.activity
        return PreflightRecord(
            fit=self.fit,
            forced=forced,
            reasons=self.reasons,
            remarks=self.remarks,
            seconds=round(seen.seconds, 3),
            busy={str(cpu): round(share, 4) for cpu, share in seen.busy.items()},
            steal={str(cpu): round(share, 4) for cpu, share in seen.steal.items()},
            load_average=seen.load_average,
            clocksource=seen.clocksource,
        )


@dataclass(frozen=True, slots=True)
class MachineNeeds:
    """What the study wants of this machine: which CPUs, whether client and server have one each, a CPU quota if there is one."""

    cpus: tuple[int, ...]
    apart: bool = True
    quota_cpus: float | None = None
    taken: Mapping[int, int] | None = None
    """CPUs that another study holds, and its PID."""

    tracked: int = 0
    """Connections that one trial may open through connection tracking (`connections_tracked`); 0 for none."""

    conntrack_max: int | None = None
    """Entries of the machine's connection-tracking table; None where there is none yet."""


def examine(site: MachineNeeds, watch: Callable[[], Activity]) -> Preflight:
    """Look, and where the machine is found unfit by what may pass, look once more."""
    found = judge(site, watch())
    return found if found.fit else judge(site, watch())


def judge(site: MachineNeeds, seen: Activity) -> Preflight:
    """The rules on one look."""
    return Preflight(seen, tuple(_reasons(site, seen)), tuple(_remarks(site, seen)))


def _reasons(site: MachineNeeds, seen: Activity) -> list[Finding]:
    found = []
    for pid, cpus in _studies(site.taken or {}).items():
        who = f"another study (process {pid})" if pid else "another study"
        found.append(Finding("another study", f"{who} runs on {_cpus(cpus)}"))
    if not site.apart:
        found.append(Finding("one CPU", "client and server share a CPU, so the scheduler is measured with the network"))
    if site.quota_cpus is not None and site.quota_cpus < len(site.cpus):
        found.append(
            Finding(
                "CPU quota", f"the control group may use {site.quota_cpus:g} CPUs, and a study needs {len(site.cpus)}"
            )
        )
    for cpu, share in seen.busy.items():
        if share > MOST_BUSY:
            users = [one for one in seen.processes if one.cpu == cpu and one.share >= NAMED_SHARE]
            found.append(Finding("busy CPU", f"CPU {cpu} was {format_share(share)} busy{_named(users)}"))
    for cpu, share in seen.steal.items():
        if share > MOST_STEAL:
            found.append(Finding("steal time", f"the hypervisor kept {format_share(share)} of CPU {cpu}'s time"))
    if seen.clocksource in SLOW_CLOCKS:
        found.append(
            Finding("clock source", f"the kernel's clock is {seen.clocksource}, which takes microseconds to read")
        )
    if seen.throttled > 0:
        found.append(Finding("thermal limit", "CPUs slowed down because of heat"))
    if seen.slowest_limit is not None and seen.slowest_limit < LOWEST_LIMIT:
        found.append(_frequency_limit(seen.slowest_limit))
    return found


def _frequency_limit(share: float) -> Finding:
    return Finding("frequency limit", f"CPUs are limited to {format_share(share)} of their frequency")


def _remarks(site: MachineNeeds, seen: Activity) -> list[Finding]:
    found = []
    if site.cpus and seen.load_average > len(site.cpus):
        found.append(Finding("load average", f"the load average of the last minute is {seen.load_average:.2f}"))
    if site.conntrack_max is not None and site.tracked > site.conntrack_max:
        found.append(
            Finding(
                "conntrack table",
                f"the connection-tracking table has {site.conntrack_max} entries and a trial may open {site.tracked} "
                "connections; a trial that fills it is rejected. Make room: sudo sysctl -w "
                f"net.netfilter.nf_conntrack_max={site.tracked}",
            )
        )
    if seen.slowest_limit is not None and LOWEST_LIMIT <= seen.slowest_limit < 1:
        found.append(_frequency_limit(seen.slowest_limit))
    return found


def connections_tracked(plan: StudyPlan) -> int:
    """Connections that a trial of the plan opens at most in a node that tracks them; 0 where no network does.

    A connection stays in the table for 10 s (reset) to 120 s (closed in order) after its end, so all of a trial's count.
    """
    networks = [catalogue.network(catalogue.parse(name)) for name in plan.networks]
    opening = sum(len(plan.sizes) if "sizes" in one.options else 1 for one in plan.drivers if one.connects)
    if all(map(tracks_nothing, networks)):
        return 0
    return round(FASTEST_CONNECTS * opening * (plan.seconds or SHORT_S))


def _studies(taken: Mapping[int, int]) -> dict[int, list[int]]:
    by_pid: dict[int, list[int]] = {}
    for cpu, pid in taken.items():
        by_pid.setdefault(pid, []).append(cpu)
    return by_pid


def _cpus(cpus: list[int]) -> str:
    return f"CPU {cpus[0]}" if len(cpus) == 1 else f"CPUs {', '.join(map(str, cpus))}"


def _named(users: list[Process]) -> str:
    named = ", ".join(f"{one.name} (process {one.pid}) {format_share(one.share)}" for one in users[:NAMED])
    return f": {named}" if named else ""
