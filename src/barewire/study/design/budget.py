"""The duration of a study, and the length of its loads that fits a budget.

The constants below are what a trial costs beside its loads. They are an estimate made before the first trial; while a
study runs, the minutes left come from the trials that it has done, not from here. Bulk loads last whole seconds, so
shortening the others does not shorten them.
"""

from __future__ import annotations

from collections.abc import Collection

from barewire import workloads
from barewire.results import BASELINE
from barewire.results.clock import COUNTED
from barewire.study.design.blocks import steps
from barewire.study.design.plan import StudyPlan

TRIAL_OVERHEAD_S = 0.9
"""Building, proving and taking down a lab, starting nginx and iperf3 (two cores at 2 to 3 GHz)."""

STEP_OVERHEAD_S = 0.05
"""Starting a load's process, opening its connections and waiting for its last answers."""

SEARCH_S_PER_SIZE, CANDIDATE_S_PER_SIZE = 7.0, 2.5
"""The search for the host's maximum rate, and for every other network's."""

INSTRUMENT_S = 5.0
"""What the generator costs by itself, measured before the first trial."""

WHOLE_EFFORT_S = 300.0
"""Trials of so many seconds are worth the whole search for the maximum and the whole self-test; shorter studies take less of
both, so that a study of half a minute is not two minutes of preparation."""

LEAST_EFFORT = 0.1

PILOT_S, PILOTS_SHARE = 2.5, 0.05
"""A pilot, which finds the warm-up, and what share of the trials' time pilots may take before there are only two."""

WARMUP_S = 0.1
"""About what pilots find."""

VM_BOOT_S, VM_TRIAL_S, VM_STEP_S = 25.0, 4.0, 1.0
"""The same in a VM whose CPU is emulated, and its boot. With KVM it is less, but whether that works only a boot shows."""

COUNTED_TRIAL_S, COUNTED_STEP_S, COUNTED_SLOWDOWN = 1.5, 0.1, 6.0
"""The same where the clock counts, and the seconds that a second of a load takes. An emulated CPU executes 50 to 100 million
instructions a second, and the clock passes over all waiting, which much of a load is: about 4 on a quiet machine, 9 beside two
other programs (loads of 0.03 and 0.12 s)."""

PREFLIGHT_S, PREFLIGHT_SHARE, LEAST_PREFLIGHT_S = 5.0, 0.02, 0.5
"""Watching whether the machine is quiet, before the first trial: that many seconds, in a short study a share of its length."""

REPORT_S = 3.0
"""Statistics and the report at the end."""

FITTED_UNTIL = 15
"""A study that stops by its precision gets loads so short that so many blocks fit the budget: more blocks show more than longer
loads, because trials differ more than requests."""

OVERRUN = 1.15
"""A study may take so much more than its budget before that is worth a word: estimates are no better."""

SHORTEST_S, LONGEST_S, GRAIN_S = 0.2, 60.0, 0.05
"""A fitted load is no shorter than this (nothing but the median would be supported), and is a multiple of the grain."""


def trial_count(plan: StudyPlan, measured: Collection[str]) -> int:
    """Trials of the whole study when `measured` are the networks that this machine can build."""
    candidates = sum(name in measured and name != BASELINE for name in plan.networks)
    return _blocks(plan) * (candidates + 2)


def _blocks(plan: StudyPlan) -> int:
    """Blocks that the budget should have room for: where precision ends the study, enough for several looks."""
    return min(plan.blocks, FITTED_UNTIL) if plan.until else plan.blocks


def duration(plan: StudyPlan, measured: Collection[str]) -> float:
    """Seconds that the study takes; with `seconds` not set, those of the fitted plan."""
    return _duration(plan, measured, plan.seconds if plan.seconds is not None else _fitted(plan, measured))


def fit(plan: StudyPlan, measured: Collection[str]) -> StudyPlan:
    """The plan with `seconds` set so that the study takes its budget of minutes; a given `seconds` stays.

    A budget that is too small even for the shortest loads is exceeded; `duration` of the result states it.
    """
    return plan if plan.seconds is not None else plan.model_copy(update={"seconds": _fitted(plan, measured)})


def effort(plan: StudyPlan) -> float:
    """From `LEAST_EFFORT` to 1: what share of their usual length the preparations of this study take."""
    return min(1.0, max(LEAST_EFFORT, _expected(plan) / WHOLE_EFFORT_S))


def preflight_seconds(plan: StudyPlan) -> float:
    """How long the machine is watched before the study."""
    return min(PREFLIGHT_S, max(LEAST_PREFLIGHT_S, PREFLIGHT_SHARE * _expected(plan)))


def exceeded(plan: StudyPlan, seconds: float) -> str:
    """The warning about a study that takes `seconds` with a smaller budget; empty if it fits."""
    if seconds <= plan.budget * 60 * OVERRUN or (plan.until and plan.seconds is None):
        return ""
    return (
        f"this takes about {seconds / 60:.0f} min, not the {plan.budget:g} min of its budget: fewer networks, blocks, workloads, "
        "sizes or loads make it shorter"
    )


def for_trials(plan: StudyPlan) -> float:
    """Seconds of the budget that belong to trials; the rest goes to the search for the maximum and to the report."""
    return max(0.0, plan.budget * 60 - _search(plan) - REPORT_S)


def _fitted(plan: StudyPlan, measured: Collection[str]) -> float:
    grid = (round(SHORTEST_S + GRAIN_S * i, 2) for i in range(round((LONGEST_S - SHORTEST_S) / GRAIN_S) + 1))
    fitting = [seconds for seconds in grid if _duration(plan, measured, seconds) <= plan.budget * 60]
    return max(fitting, default=SHORTEST_S)


def _duration(plan: StudyPlan, measured: Collection[str], seconds: float) -> float:
    return _search(plan) + _trials(plan, measured, seconds) + REPORT_S


def _trials(plan: StudyPlan, measured: Collection[str], seconds: float) -> float:
    if plan.clock == COUNTED:
        warmup = 0.0 if plan.warmup == "auto" else plan.warmup
        names = [step.workload for step in steps(plan)]
        virtual = (seconds + warmup) * sum(workloads.by_name(name).counted_times for name in names)
        return trial_count(plan, measured) * (
            COUNTED_TRIAL_S + COUNTED_STEP_S * len(names) + COUNTED_SLOWDOWN * virtual
        )
    warmup = WARMUP_S if plan.warmup == "auto" else plan.warmup
    loads = [workloads.by_name(step.workload).wall_seconds(seconds, warmup) for step in steps(plan)]
    lab, load = (VM_TRIAL_S, VM_STEP_S) if plan.in_vm else (TRIAL_OVERHEAD_S, STEP_OVERHEAD_S)
    return trial_count(plan, measured) * (lab + load * len(loads) + sum(loads))


def _expected(plan: StudyPlan) -> float:
    """Seconds of trials: what the loads come to where their length is known, else what the budget gives."""
    return plan.budget * 60 if plan.seconds is None else _trials(plan, plan.networks, plan.seconds)


def pilots(plan: StudyPlan, measured: int) -> int:
    """How many networks get a pilot: all where they cost little of the budget, else the host and one other."""
    return measured if measured * PILOT_S <= PILOTS_SHARE * _expected(plan) else min(2, measured)


def _search(plan: StudyPlan) -> float:
    if plan.clock == COUNTED:
        return VM_BOOT_S * plan.restarts
    found = PILOT_S * pilots(plan, len(plan.networks)) if plan.warmup == "auto" else 0.0
    searched = SEARCH_S_PER_SIZE * len(plan.sizes) if plan.has_rates else 0.0
    if plan.has_rates and (plan.loads_of == "slowest" or plan.own_loads):
        lab = VM_TRIAL_S if plan.in_vm else TRIAL_OVERHEAD_S
        each = CANDIDATE_S_PER_SIZE * len(plan.sizes)
        # Labs take what they take, whatever the effort.
        searched += len(plan.candidates) * (each + lab / effort(plan))
    boot = VM_BOOT_S * plan.restarts if plan.in_vm else 0.0
    return boot + preflight_seconds(plan) + found + effort(plan) * (INSTRUMENT_S + searched)
