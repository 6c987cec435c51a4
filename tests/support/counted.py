"""Counted runs whose truth is known: a network's round trip takes a given number of instructions, give or take its layout.

Ports and addresses move a count a little, by the same for all that have the same seed and block; nothing else does, unless a
`noise` is asked for. Written by barewire's own plan, blocks and run directory, like `synthetic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from barewire.results import BASELINE
from barewire.results.seeds import derived_seed
from barewire.study.design.blocks import block
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.run import RunDirectory, histogram_name
from barewire.workloads.generator.histogram import Entry, Histogram
from tests.support import synthetic
from tests.support.records import run_of, trial_of

VM = {
    "qemu": "7.2.19",
    "cpu_model": "Nehalem",
    "acceleration": "tcg",
    "clock": "counted",
    "shift": 0,
    "memory_bytes": 1 << 30,
}
ROUND_TRIPS = 400


def write_run(
    path: Path,
    costs: Mapping[str, float],
    *,
    blocks: int = 8,
    seed: int = 1,
    spread: float = 0.003,
    noise: float = 0.0,
    summary: bool = False,
    environment: Mapping[str, Any] | None = None,
    condition: Mapping[str, Any] | None = None,
    idle: Mapping[str, int] | None = None,
) -> Path:
    """A run of the host and the networks of `costs`, whose round trips take so many instructions. `spread` is that of layouts,
    `noise` what the same layout differs by from run to run; both are standard deviations of logarithms. Round trips of the
    networks in `idle` take so many ns more, in which the CPU is idle."""
    plan = StudyPlan(
        networks=(BASELINE, *(name for name in costs if name != BASELINE)), blocks=blocks, seed=seed, seconds=0.03,
        workloads=("tcp-rr",), connections=1, clock="counted", server="serve", warmup=0.005,
    )  # fmt: skip
    record = synthetic.run_record(plan, unavailable=None)
    record["environment"] = {
        **record["environment"],
        "testbed": "vm",
        "virtualization": "QEMU",
        "vm": VM,
        "host": {"kernel": "Linux 6.1", "cpu": {"model": f"Machine {path.name}"}},
        **(environment or {}),
    }
    if condition:
        record["condition"] = dict(condition)
    luck = np.random.default_rng(derived_seed(seed, str(path)))
    with RunDirectory.create(path, run_of(record)) as run:
        for number in range(1, blocks + 1):
            for trial in block(plan, plan.networks, number):
                layout = np.random.default_rng(derived_seed(seed, number, trial.network)).normal(0, spread)
                exact = costs[trial.network] * float(np.exp(layout + luck.normal(0, noise)))
                waits = (idle or {}).get(trial.network, 0)
                taken = Histogram([(round(exact) + waits, ROUND_TRIPS)])
                entry = Entry("latency/tcp-rr/64", taken, 1_767_225_600_000_000_000, 1_767_225_600_030_000_000)
                run.append_trial(trial_of(_trial(trial, run.next_trial, round(exact), waits)), (entry,))
        if summary:
            run.summarise()
    return path


def _trial(trial: Any, number: int, instructions: int, idle: int) -> dict[str, Any]:
    taken = instructions + idle
    latency = dict.fromkeys(("min", "0.5", "0.95", "0.99", "max"), taken)
    load = {
        "load": "tcp-rr", "workload": "tcp-rr", "response_bytes": 64, "offered_per_s": None, "achieved_per_s": 1e9 / taken,
        "seconds": 0.03, "connections": 1, "threads": 1, "timing": "sleep", "requests": ROUND_TRIPS,
        "completed": ROUND_TRIPS, "unfinished": 0, "lost": 0, "late": 0, "errors": {},
        "latency_ns": {"count": ROUND_TRIPS, **latency, "mean": float(taken)},
        "histogram": histogram_name(number),
        "counted": {
            "instructions_per": "round trip", "value": float(instructions), "mean": float(instructions),
            "samples": ROUND_TRIPS, "idle_ns": idle * ROUND_TRIPS,
        },
        "exact": {"idle_ns": idle * ROUND_TRIPS, "span_ns": taken * ROUND_TRIPS, "answers": ROUND_TRIPS},
    }  # fmt: skip
    return {
        "trial": number, "block": trial.block, "position": trial.position, "network": trial.network, "role": trial.role,
        "started": f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}.000Z", "seconds": 3.0, "seed": trial.seed,
        "valid": True, "rejected": [], "setup": {"seconds": 0.5, "objects": {"n1": {}, "n2": {}}, "pod_mtu": 1500}, "proof": None,
        "pinning": {"server": [0], "client": [0]}, "loads": [load],
        "layout": {"port": 20_000, "nodes": "10.0.0.0/24", "pods": "10.1.0.0/16", "payload": 1, "phase_ns": 0, "order": 1},
    }  # fmt: skip
