"""Believable run directories whose truth is known: each network's latencies are a given ratio times the host's.

Written by barewire's own plan, blocks and run directory, so that they follow the formats by construction; only the
numbers are drawn. A trial has an effect of its own (`effect`, the standard deviation of its logarithm), as real ones
have, and a block has a drift that all its trials share. Everything follows from the seed. Unless given otherwise, one
network cannot be measured, one trial was rejected by a rule, and one could not be finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from barewire import workloads
from barewire.errors import NetworkError
from barewire.networks import catalogue
from barewire.results import BASELINE
from barewire.study.design.blocks import PlannedTrial, block, repetition
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.run import RunDirectory, histogram_name
from barewire.workloads.definition.step import Step
from barewire.workloads.generator.histogram import Entry, Histogram
from tests.support.records import run_of, trial_of

UNAVAILABLE = "ipvlan/l2"
HOST_NS = {100: 26_000.0, 4096: 31_000.0}
HOST_RATE = {100: 80_000.0, 4096: 62_000.0}
START_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@dataclass(frozen=True, slots=True)
class World:
    """What is true: ratios to the host, the spread of trials, and how many requests a rate load has."""

    ratios: Mapping[str, float]
    effect: float
    requests: int
    seed: int


def write_run(
    path: Path,
    networks: Mapping[str, float],
    blocks: int = 6,
    seed: int = 1,
    *,
    loads: Sequence[str] = ("50%",),
    workloads: Sequence[str] = (),
    sizes: Sequence[int] = (100,),
    requests: int = 12_000,
    effect: float = 0.01,
    trials: int | None = None,
    unavailable: str | None = UNAVAILABLE,
    rejected: bool = True,
    summary: bool = True,
) -> Path:
    """A run of the host and `networks` (name to true ratio) at `path`; `trials` stops it after so many valid ones.

    Without `workloads` it has those of a study, ten loads a trial; a test of one workload takes a third of the time.
    """
    wanted = Wanted(
        tuple(networks.items()), blocks, seed, tuple(loads), tuple(workloads), tuple(sizes), requests, effect, trials,
        unavailable, rejected, summary,
    )  # fmt: skip
    RunDirectory.refuse(path)
    for name, content in _files(wanted).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            (path / name).mkdir()
        else:
            (path / name).write_bytes(content)
    return path


@dataclass(frozen=True, slots=True)
class Wanted:
    """The arguments of `write_run`."""

    networks: tuple[tuple[str, float], ...]
    blocks: int
    seed: int
    loads: tuple[str, ...]
    workloads: tuple[str, ...]
    sizes: tuple[int, ...]
    requests: int
    effect: float
    trials: int | None
    unavailable: str | None
    rejected: bool
    summary: bool


@lru_cache(maxsize=64)
def _files(wanted: Wanted) -> Mapping[str, bytes | None]:
    """The files of a run by name, None for a directory. Tests ask for the same runs again and again; one takes up to a second."""
    with TemporaryDirectory(prefix="barewire-test-run-") as folder:
        path = Path(folder, "run")
        _write(path, wanted)
        return {str(f.relative_to(path)): None if f.is_dir() else f.read_bytes() for f in sorted(path.rglob("*"))}


def _write(path: Path, wanted: Wanted) -> None:
    networks, blocks, seed, unavailable = dict(wanted.networks), wanted.blocks, wanted.seed, wanted.unavailable
    names = [BASELINE, *(n for n in networks if n != BASELINE), *([unavailable] if unavailable else [])]
    plan = StudyPlan(
        networks=tuple(dict.fromkeys(names)), blocks=blocks, seed=seed, seconds=1.0,
        loads=wanted.loads, sizes=wanted.sizes, server_cpus=(0,), client_cpus=(1,),
        workloads=wanted.workloads or StudyPlan.model_fields["workloads"].default,
    )  # fmt: skip
    world = World({BASELINE: 1.0, **networks}, wanted.effect, wanted.requests, seed)
    record = run_record(plan, unavailable)
    measured = [n["name"] for n in record["networks"] if n["measured"]]
    planned = [trial for number in range(1, blocks + 1) for trial in block(plan, measured, number)]
    with RunDirectory.create(path, run_of(record)) as run:
        for index, trial in enumerate(planned[: wanted.trials]):
            attempt = trial
            if wanted.rejected and index == 1:
                run.append_trial(trial_of(unfinished_record(trial, run.next_trial)), ())
                attempt = repetition(plan, trial, 1)
            if wanted.rejected and index == 2:
                broken, entries = trial_record(trial, world, run.next_trial)
                detail = "50% at 100 B: the hypervisor kept 11.0% of the CPU time back"
                rejected = {"valid": False, "rejected": [{"rule": "steal time", "detail": detail}]}
                run.append_trial(trial_of({**broken, **rejected}), entries)
                attempt = repetition(plan, trial, 1)
            record, entries = trial_record(attempt, world, run.next_trial)
            run.append_trial(trial_of(record), entries)
        if wanted.summary:
            run.summarise()


def run_record(plan: StudyPlan, unavailable: str | None = UNAVAILABLE) -> dict[str, Any]:
    """A whole `run.json`, without its schema."""
    return {
        "created": "2026-01-01T00:00:00Z",
        "command": f"barewire study --seed {plan.seed} --blocks {plan.blocks} --networks {','.join(plan.networks)}",
        "plan": plan.record(),
        "seed": plan.seed,
        "environment": environment(),
        "gates": {"pacing_p99_ns": 1_000_000.0},
        "warmup": {"seconds": 0.2, "found": False, "pilots": []},
        "tuning": {"profile": "none", "by_hand": "", "definition": {"name": "none"}, "machine": [], "lab": []},
        "instrument": {},
        "networks": [network_record(name, measured=name != unavailable) for name in plan.networks],
        "maximum": {
            "response_bytes": {
                str(size): {
                    "rate_per_s": _host_rate(size),
                    "probes": [{"kind": "closed loop", "rate_per_s": 1.1 * _host_rate(size), "sustained": False}],
                    "rate_low_per_s": _host_rate(size),
                    "rate_high_per_s": 1.03 * _host_rate(size),
                }
                for size in plan.sizes
            }
        },
    }


def environment() -> dict[str, Any]:
    """A machine."""
    return {
        "testbed": "local",
        "kernel": "Linux 6.12.0-1-amd64 #1 SMP",
        "machine": "x86_64",
        "distribution": "Debian GNU/Linux 13 (trixie)",
        "cpu": {"model": "Example CPU 3.0 GHz", "online": "0-1", "mitigations": {"meltdown": "Not affected"}},
        "memory_bytes": 8 << 30,
        "sysctls": {"net.ipv4.tcp_congestion_control": "cubic", "net.ipv4.tcp_sack": "1"},
        "offloads": {"n1/eth0": {"tx": True, "sg": True, "tso": True, "gso": True, "gro": False}},
        "congestion_control": "cubic",
        "clocksource": "tsc",
        "governor": "performance",
        "virtualization": "none",
        "versions": {"barewire": "0.1.0", "python": "3.13.5", "nginx": "1.26.3", "iperf3": "3.18"},
        "privilege": "root",
    }


def network_record(name: str, *, measured: bool = True) -> dict[str, Any]:
    """An entry of `networks` in `run.json`."""
    parts, rules = _parts(name)
    transport = parts["transport"]
    lost = 50 if transport.startswith("vxlan") else 0
    own, growth = _objects(name)
    return {
        "name": name,
        "measured": measured,
        "reason": "" if measured else "the kernel has no link kind ipvlan",
        "remedy": "" if measured else "Load the module (modprobe ipvlan), or use a kernel that has it",
        "parts": parts,
        "rules": rules,
        "setup": {
            "objects_per_node": {str(nodes): own + growth * (nodes - 1) for nodes in (2, 10, 50)},
            "objects_by_kind": {"link": own // 2, "route": own - own // 2},
            "growth_per_node": float(growth),
            "privileges": "CAP_NET_ADMIN on the node",
            "kernel": [f"link:{transport}"] if lost else [],
            "l2": "not needed" if lost else "all nodes on one segment",
            "mtu_lost_bytes": lost,
            "pod_mtu": 1500 - lost,
        },
    }


def _parts(name: str) -> tuple[dict[str, str], str]:
    """The parts and the rules of a network; of one that nobody knows, its name's ends."""
    try:
        spec = catalogue.parse(name)
    except NetworkError:
        return {"attach": name.split("+")[0], "transport": name.split("+")[-1], "policy": "none"}, "none"
    parts = {"attach": str(spec.attach), "transport": str(spec.transport), "policy": str(spec.policy)}
    return parts, catalogue.network(spec).rules


def unfinished_record(trial: PlannedTrial, number: int) -> dict[str, Any]:
    """A trial that failed before anything was measured."""
    reason = {"rule": "the trial could not be finished", "detail": "the load generator failed (in n1-p1): timed out."}
    return {**_frame(trial, number), "valid": False, "rejected": [reason], "setup": None, "proof": None, "loads": []}


def trial_record(trial: PlannedTrial, world: World, number: int) -> tuple[dict[str, Any], tuple[Entry, ...]]:
    """A line of `trials.ndjson` without its schema, and its histograms."""
    rng = np.random.default_rng(trial.seed)
    drift = float(np.random.default_rng([world.seed, trial.block]).normal(0, 0.05))
    ratio = world.ratios[trial.network] * exp(drift)
    start = START_S + 15.0 * number
    loads, entries = [], []
    for index, step in enumerate(trial.steps):
        # Every load of a trial has the trial's own effect: that is why trials are the replicates.
        scale = ratio * exp(float(np.random.default_rng(trial.seed).normal(0, world.effect)))
        record, found = _load(step, scale, world, rng, start + index)
        loads.append(record | ({"histogram": histogram_name(number)} if found else {}))
        entries += found
    own, growth = _objects(trial.network)
    nodes = {name: {"link": own // 2, "route": own - own // 2 + growth} for name in ("n1", "n2")}
    return {
        **_frame(trial, number),
        "valid": True,
        "rejected": [],
        "setup": {
            "seconds": round(0.030 * world.ratios[trial.network] * float(rng.lognormal(0, 0.1)), 4),
            "objects": nodes if own else {"n1": {}, "n2": {}},
            "pod_mtu": network_record(trial.network)["setup"]["pod_mtu"],
        },
        "placement": {
            "siblings": {"0": [0], "1": [1]},
            "idle_states": {"0": [{"name": "C1", "latency_us": 2, "disabled": False}], "1": []},
            "idle_limits": {},
            "interrupts": {"0": 120, "1": 3},
        },
        "proof": _proof(trial.network),
        "loads": loads,
    }, tuple(entries)


def _frame(trial: PlannedTrial, number: int) -> dict[str, Any]:
    return {
        "trial": number,
        "block": trial.block,
        "position": trial.position,
        "network": trial.network,
        "role": trial.role,
        "started": f"2026-01-01T{number // 240:02d}:{number // 4 % 60:02d}:{number % 4 * 15:02d}.000Z",
        "seconds": 12.5,
        "seed": trial.seed,
        "pinning": {"server": [0], "client": [1]},
    }


def _load(
    step: Step, scale: float, world: World, rng: np.random.Generator, start: float
) -> tuple[dict[str, Any], list[Entry]]:
    workload = workloads.by_name(step.workload)
    if step.streams:
        rate = 2.1e10 * (step.streams or 1) ** 0.3 / scale * float(rng.lognormal(0, 0.01))
        return {
            "load": step.load, "workload": "tcp-stream", "streams": step.streams, "bits_per_s": rate, "seconds": 1.0,
            "retransmissions": 0, "machine": _machine(0.6),
        }, []  # fmt: skip
    size = step.response_bytes or 0
    if workload.one_way:
        rate = 4.0e5 / scale * float(rng.lognormal(0, 0.01))
        lost = 1e-4 * scale if scale > 1.2 else 0.0
        return {
            "load": step.load, "workload": "udp-stream", "response_bytes": size, "request_bytes": size, "threads": 1,
            "timing": "spin", "gso": 1, "seconds": 1.0, "sent": round(rate / (1 - lost)), "sent_per_s": rate / (1 - lost),
            "received": round(rate), "received_per_s": rate, "loss_share": lost, "gaps": 0, "missing": 0,
            "reordered": 0, "duplicates": 0, "socket_drops": 0, "machine": _machine(0.9),
        }, []  # fmt: skip
    offered = _host_rate(size) * (step.share or 0.0)
    # Latency grows with utilisation, as queues do; the tail is heavier than the body.
    busy = step.share if step.share is not None else 0.97
    latencies = HOST_NS.get(size, 28_000.0) * scale * (1 + busy**4) * rng.lognormal(0, 0.25, world.requests)
    slow = rng.random(world.requests) < 0.003
    latencies[slow] *= rng.pareto(2.5, int(slow.sum())) + 2
    latency = _histogram(latencies, 1)
    service = _histogram(latencies * 0.97, 200)
    lag = _histogram(rng.exponential(900, world.requests), 100)
    kinds = {"latency": latency, "service": service, "lag": lag}
    record: dict[str, Any] = {
        "load": step.load, "workload": workload.name, "response_bytes": size, "offered_per_s": offered or None,
        "achieved_per_s": offered * 0.99998, "seconds": 1.0, "connections": 64, "threads": 1, "arrivals": "even",
        "timing": "spin" if workload.at_rate else "sleep", "requests": world.requests, "completed": world.requests,
        "unfinished": 0, "lost": 0, "late": int(world.requests * 0.0003),
        "errors": dict.fromkeys(("connect", "closed", "status", "length", "garbage", "timeout", "surplus"), 0),
        **{f"{kind}_ns": histogram.summary() for kind, histogram in kinds.items()},
        "ticks": _ticks(latencies),
        "machine": _machine(0.5 * scale),
    }  # fmt: skip
    if not workload.at_rate:
        host = _host_rate(size) * (1.0 if workload.closed_loop else 0.2)
        record |= {"rate_per_s": host / scale, "achieved_per_s": host / scale}
    if workload.closed_loop:
        record["cpu_ns_per_request"] = 21_000 * scale
    if workload.connects:
        kinds = {"connect": latency}
        record["connect_ns"] = latency.summary()
    stamps = (round(start * 1e9), round((start + 1) * 1e9))
    entries = [Entry(f"{kind}/{step.load}/{size}", histogram, *stamps) for kind, histogram in kinds.items()]
    return record, entries


def _ticks(latencies: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Ten ticks of a second, of requests that came one after the other."""
    quantiles = (0.5, 0.95, 0.99, 0.995, 0.999, 0.9999)
    whole = dict(zip(quantiles, np.quantile(latencies, quantiles).tolist(), strict=True))
    parts = np.array_split(latencies, 10)
    return {
        "seconds": 0.1,
        "samples": [len(part) for part in parts],
        "median_ns": [round(float(np.median(part))) if len(part) else 0 for part in parts],
        "above": {f"{q:.10g}": [int((part > value).sum()) for part in parts] for q, value in whole.items()},
    }


def _histogram(values: np.ndarray[Any, Any], grain: int) -> Histogram:
    """Rounded to 3 digits before it is counted, which keeps the number of different values small."""
    whole = np.maximum(values, 1)
    digits = np.power(10.0, np.floor(np.log10(whole)) - 2)
    rounded = (np.maximum(np.round(whole / np.maximum(digits, grain)), 1) * np.maximum(digits, grain)).astype(np.int64)
    distinct, counts = np.unique(rounded, return_counts=True)
    return Histogram(zip(distinct.tolist(), counts.tolist(), strict=True))


def _machine(busy: float) -> dict[str, Any]:
    cpu = {"user": 0.1 * busy, "nice": 0.0, "system": 0.5 * busy, "softirq": 0.4 * busy, "irq": 0.0, "steal": 0.0,
           "iowait": 0.0, "idle": max(0.0, 1 - busy)}  # fmt: skip
    both = {mode: 2 * seconds for mode, seconds in cpu.items()}
    drops = [{"namespace": "n1", "dev": "eth0", "direction": "rx", "packets": 3}] if busy > 0.7 else []
    return {
        "seconds": 1.0,
        "cpu": {"all": both, "server": cpu, "client": cpu},
        "context_switches": 12_000,
        "retransmissions": 3 * len(drops),
        "drops": drops,
    }


def _proof(network: str) -> dict[str, Any]:
    kind = {"host": None, "host+direct": None, "macvlan": "macvlan"}.get(network, "veth")
    inner = [("n1-p1", "eth0", kind, "out")] if kind else []
    if kind == "veth":
        inner.append(("n1", "veth1", "veth", "in"))
    if "vxlan" in network:
        inner.append(("n1", "vxlan1", "vxlan", "out"))
    there = [*inner, ("n1", "eth0", "veth", "out"), ("n2", "eth0", "veth", "in")]
    if kind:
        there.append(("n2-p1", "eth0", kind, "in"))
    forward = [
        {"namespace": namespace, "dev": dev, "kind": str(kind), "direction": direction, "ns": 1500 * index}
        for index, (namespace, dev, kind, direction) in enumerate(there)
    ]
    turned = {"in": "out", "out": "in"}
    reverse = [
        {**hop, "direction": turned[str(hop["direction"])], "ns": 1500 * index}
        for index, hop in enumerate(reversed(forward))
    ]
    seen = "10.10.0.2 > 10.10.0.3, UDP 8472, VNI 1" if "vxlan" in network else "10.128.1.2 > 10.128.2.2"
    return {
        "claims": [{"claim": "the frames on the wire are what the network promises", "seen": seen, "holds": True}],
        "path": {"forward": forward, "reverse": reverse},
    }


def _objects(network: str) -> tuple[int, int]:
    """Kernel objects on a node, and how many more for each further node."""
    known = {"host": (0, 0), "host+direct": (0, 0), "macvlan": (2, 0), "flannel/vxlan": (11, 3)}
    return known.get(network, (8, 1))


def _host_rate(size: int) -> float:
    return HOST_RATE.get(size, 70_000.0)
