"""Before a wall-clock study: claim its CPUs, see whether the machine is quiet, and stop with the commands to choose from if not.

A study on an unfit machine does not begin unless `--force` is given, in a terminal and in a CI alike: nobody is asked, because a
question that a script cannot answer would hang it. By a counted clock other programs change nothing, so there a running study
is only mentioned, since the new one disturbs it.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from barewire.kernel import activity, cgroup, claims, machine, processors
from barewire.kernel.machine import conntrack_max
from barewire.lab import pinning
from barewire.lab.doctor import Check
from barewire.lab.far_doctor import examine_machines
from barewire.records import PreflightRecord
from barewire.results.clock import COUNTED
from barewire.study.design import budget, gates
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import added, far_preflight, preflight, testbeds
from barewire.study.execution.preflight import Preflight
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed

UNFIT = 3
"""The exit code: nothing was measured."""

DOCTOR_S = 1.0
"""How long the doctor watches the machine."""


@contextmanager
def watched(plan: StudyPlan, say: testbeds.Say) -> Iterator[Preflight | None]:
    """Claim the CPUs of the study for the body of the `with`; yields the pre-flight's findings, None with the counted clock."""
    if plan.in_cluster:
        yield None  # its nodes are looked at once there are pods on them
        return
    if plan.on_machines:
        yield far_preflight.examine(plan)
        return
    if plan.with_peer:
        with _both_watched(plan) as found:
            yield found
        return
    cpus, apart = _cpus(plan)
    if plan.clock == COUNTED:
        for pid in dict.fromkeys(claims.holders(cpus).values()):
            say(f"a wall-clock study is running (process {pid}); this one takes CPU time away from it")
        yield None
        return
    with claims.claimed(cpus) as taken:
        seconds = budget.preflight_seconds(plan)
        tracked = 0 if plan.in_vm else preflight.connections_tracked(plan)
        site = preflight.MachineNeeds(
            cpus, apart, cgroup.cpu_quota(), taken=taken, tracked=tracked, conntrack_max=conntrack_max()
        )
        yield preflight.examine(site, lambda: activity.observe(cpus, seconds))


@contextmanager
def _both_watched(plan: StudyPlan) -> Iterator[Preflight]:
    """The same of two machines: the client's CPUs here, and what the peer finds on those of its servers."""
    from barewire.study.execution.sources import peer

    cpus = peer.client_cpus(plan, machine.describe())
    seconds = budget.preflight_seconds(plan)
    with claims.claimed(cpus) as taken:
        site = preflight.MachineNeeds(cpus, True, cgroup.cpu_quota(), taken=taken)
        here = preflight.examine(site, lambda: activity.observe(cpus, seconds))
        reasons, remarks = peer.examine_peer(plan, seconds)
        yield preflight.Preflight(here.activity, (*here.reasons, *reasons), (*here.remarks, *remarks))


def wall_clock() -> Check:
    """The doctor's check: whether this machine is fit for wall-clock studies now, on the CPUs that a study would use."""
    cpus, apart = _cpus(StudyPlan(networks=("host",), seed=0))
    site = preflight.MachineNeeds(cpus, apart, cgroup.cpu_quota(), taken=claims.holders(cpus))
    found = preflight.examine(site, lambda: activity.observe(cpus, DOCTOR_S))
    remarks = "".join(f"; {one.detail}" for one in found.remarks)
    if found.fit:
        return Check("wall clock", "good", found.sentence() + remarks)
    remedy = "Wait until the machine is quiet, or count instructions: barewire study --clock counted"
    return Check("wall clock", "poor", found.sentence() + remarks, remedy)


def examine_far(machines: Sequence[str]) -> list[Check]:
    """The doctor's checks of machines that are reached by ssh."""
    plan = load_plan(None, {"networks": ("host",), "testbed": "ssh", "machines": tuple(machines)})
    with SshTestbed(parse_targets(plan.machines)) as testbed:
        checks = list(examine_machines(testbed))
    if any(check.state == "bad" for check in checks):
        return checks
    found = far_preflight.examine(plan)
    state, remedy = ("good", "") if found.fit else ("poor", "Wait until the machines are quiet")
    return [*checks, Check("wall clock", state, found.sentence(), remedy)]


def stop(found: Preflight, plan: StudyPlan, *, quick: bool, resume: bool) -> None:
    """Print why the study does not start and how to go on, then exit."""
    print(f"barewire: {found.who} {found.sentence()}.", file=sys.stderr)
    if not resume and plan.can_count:
        print(_counted(plan, quick=quick), file=sys.stderr)
    print(f"  Measure all the same: {forced()}", file=sys.stderr)
    raise typer.Exit(UNFIT)


def forced() -> str:
    """The command that was typed, with `--force`."""
    return shlex.join(["barewire", *sys.argv[1:2], "--force", *sys.argv[2:]])


def mention(found: Preflight | None, say: testbeds.Say, *, force: bool) -> PreflightRecord | None:
    """Print what may disturb the study, and return its `preflight` for `run.json`."""
    if found is None:
        return None
    if not found.fit:
        say(f"{found.who} {found.sentence()}; measuring all the same (--force)")
        say(f"rejected trials are repeated, so this may take up to {gates.MOST_ATTEMPTS} times as long as planned")
    for remark in found.remarks:
        say(remark.detail)
    return found.record(forced=force)


def _counted(plan: StudyPlan, *, quick: bool) -> str:
    if found := added.hindrance():
        return f"  Instruction counts, which other programs do not change, need a VM: {str(found).rstrip('.')}."
    minutes = max(1, round(added.minutes(plan, quick=quick)))
    return (
        f"  Count instructions instead, which other programs do not change (about {minutes} min): "
        f"{added.command(plan, added.kernel_of(plan), quick=quick)}"
    )


def _cpus(plan: StudyPlan) -> tuple[tuple[int, ...], bool]:
    """The CPUs that labs may use, and whether client and server are on different ones."""
    allowed = tuple(sorted(os.sched_getaffinity(0)))
    if plan.in_vm:
        return allowed, len(allowed) > 1
    pins = pinning.choose(plan.server_cpus, plan.client_cpus, plan.timing, allowed, processors.read())
    return tuple(sorted({*pins.server, *pins.client})), not set(pins.server) & set(pins.client)
