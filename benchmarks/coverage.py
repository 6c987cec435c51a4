"""Simulate studies whose truth is known: how often do the intervals contain it, and how often is an equal network called slower?

    scripts/bench coverage [STUDIES [BLOCKS ...]]      2,000 studies of 6, 10 and 20 blocks by default
    scripts/bench coverage --pooled [STUDIES]          tails that only all blocks together support
    scripts/bench coverage --stalled [STUDIES]         tails that stalls make
    scripts/bench coverage --dependent [STUDIES]       blocks that depend on each other
    scripts/bench coverage --dunnett [STUDIES]         Šidák's rule beside Dunnett's
    scripts/bench coverage --all                       both, as in docs/statistics.md (about half an hour)

Each study has the host twice and five networks in every block, in random order: two of them cost as much as the host, the
others 5 %, 20 % and 50 % more. Only trials are made up: every number goes through the code that a study's summary goes
through (`results.summary.Columns`), and the intervals, methods and verdicts counted here are those of its cells. Scenarios say
how trials of one network differ from each other (logarithms):

- log-normal: independent effects of 3 %
- heavy tails: Student's t with 3 degrees of freedom, scaled to 3 %
- wild trials: 3 %, but one trial in ten has five times as much
- drift: 3 %, and the machine becomes 20 % slower from the study's first trial to its last, also within blocks
- two modes: 2 %, and three trials in ten are 10 % slower
- noisy network: the networks differ three times as much from trial to trial as the host does
- rare mode: 1 %, and one trial in ten is 15 % slower
- far modes: 1 %, and every other trial is 15 % slower

Columns are the shares of intervals that contain the truth: Student's t, Hodges-Lehmann and the one that is shown; all networks
at once (joint); the differences; then the share of studies with any false verdict among the equal networks, and with any false
verdict if all five are equal; how often 5 % is found; and how often the two methods disagree.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barewire import statistics
from barewire.records import plain
from barewire.results import BASELINE, dependence
from barewire.results.analysis import LoadKey, Run
from barewire.results.counts import bucket_values
from barewire.results.summary import Columns
from barewire.workloads.definition.metric import LATENCY, REQUEST_RATE, Metric
from tests.support.records import run_of, trial_of

Effects = NDArray[np.float64]
"""Logarithms, of shape (blocks, trials of a block); the last two are the hosts."""

RATIOS = {"equal-1": 1.0, "equal-2": 1.0, "5%": 1.05, "20%": 1.2, "50%": 1.5}
ALL_EQUAL = dict.fromkeys(RATIOS, 1.0)
HOST_NS = 27_000.0


def log_normal(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return rng.normal(0, 0.03, shape)


def heavy_tails(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return 0.03 / sqrt(3) * rng.standard_t(3, shape)


def wild_trials(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return rng.normal(0, 0.03, shape) * np.where(rng.random(shape) < 0.1, 5, 1)


def drift(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    blocks, trials = shape
    when = (np.arange(blocks)[:, None] + np.argsort(rng.random(shape), axis=1) / trials) / blocks
    return rng.normal(0, 0.03, shape) + log(1.2) * when


def two_modes(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return rng.normal(0, 0.02, shape) + log(1.1) * (rng.random(shape) < 0.3)


def noisy_network(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    effects = rng.normal(0, 0.02, shape)
    effects[:, :-2] *= 3
    return effects


def rare_mode(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return rng.normal(0, 0.01, shape) + log(1.15) * (rng.random(shape) < 0.1)


def far_modes(rng: np.random.Generator, shape: tuple[int, int]) -> Effects:
    return rng.normal(0, 0.01, shape) + log(1.15) * (rng.random(shape) < 0.5)


SCENARIOS: Mapping[str, Callable[[np.random.Generator, tuple[int, int]], Effects]] = {
    "log-normal": log_normal,
    "heavy tails": heavy_tails,
    "wild trials": wild_trials,
    "drift": drift,
    "two modes": two_modes,
    "noisy network": noisy_network,
    "far modes": far_modes,
    "rare mode": rare_mode,
}


@dataclass
class Counts:
    """What is counted over studies: by name, how often it was so and how often it could have been."""

    found: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, happened: bool) -> None:
        seen = self.found.setdefault(name, [0, 0])
        seen[0] += happened
        seen[1] += 1

    def share(self, name: str) -> float:
        happened, possible = self.found.get(name, [0, 0])
        return happened / possible if possible else float("nan")


def record(networks: Sequence[str], blocks: int, seed: int) -> dict[str, Any]:
    """As much of `run.json` as an analysis looks at."""
    return {"seed": seed, "networks": [{"name": n, "measured": True} for n in (BASELINE, *networks)],
            "plan": {"blocks": blocks}}  # fmt: skip


def trial(number: int, block: int, network: str, role: str, load: Mapping[str, Any]) -> dict[str, Any]:
    return {"trial": number, "block": block, "network": network, "role": role, "valid": True, "loads": [load],
            "setup": {}}  # fmt: skip


def simulated(
    ratios: Mapping[str, float], effects: Effects, load: Callable[[int, float], Mapping[str, Any]], seed: int
) -> Run:
    """A run of these effects; `load` gives the load of a trial by its number and what it costs."""
    slots = [*((name, "candidate") for name in ratios), (BASELINE, "baseline-a"), (BASELINE, "baseline-b")]
    trials = []
    for block, row in enumerate(effects, start=1):
        for (name, role), effect in zip(slots, row, strict=True):
            number = len(trials) + 1
            cost = ratios.get(name, 1.0) * exp(effect)
            trials.append(trial(number, block, name, role, load(number, cost)))
    return Run(run_of(record(tuple(ratios), len(effects), seed)), [trial_of(one) for one in trials])


def _cells(run: Run, key: LoadKey, metric: Metric, quantile: float | None) -> list[Mapping[str, Any]]:
    """A column's cells as summary.json has them."""
    return [plain(cell) for cell in Columns(run, key).column(metric, quantile)[0]]


def count(counts: Counts, cells: Sequence[Mapping[str, Any]], ratios: Mapping[str, float], better: str) -> None:
    """Look at one column of one study."""
    together, alarmed = True, False
    for cell in cells:
        if cell["network"] == BASELINE:
            continue
        truth = ratios[cell["network"]] ** (1 if better == "lower" else -1)
        shown = cell["ratio_low"] <= truth <= cell["ratio_high"]
        counts.add("shown", shown)
        if cell["twin"]:
            twin = cell["twin"]["ratio_low"] <= truth <= cell["twin"]["ratio_high"]
            t, ranks = (twin, shown) if cell["disagree"] else (shown, twin)
            counts.add("t", t)
            counts.add("ranks", ranks)
        counts.add("disagree", cell["disagree"])
        together &= cell["joint_low"] <= truth <= cell["joint_high"]
        if truth == 1:
            alarmed |= cell["verdict"] in ("slower", "faster")
        elif cell["network"] == "5%":
            counts.add("power", cell["verdict"] == "slower")
    counts.add("joint", together)
    counts.add("false", alarmed)


def paired(scenario: str, blocks: int, studies: int, seed: int) -> Counts:
    """Values that every trial shows alone, through the load `max` and its request rate."""
    counts, key = Counts(), LoadKey("http-max", 100)
    rng = np.random.default_rng([seed, blocks, *scenario.encode()])
    for study in range(studies):
        for name, ratios in (("", RATIOS), ("all ", ALL_EQUAL)):
            effects = SCENARIOS[scenario](rng, (blocks, len(ratios) + 2))
            run = simulated(ratios, effects, rate, study)
            cells = _cells(run, key, REQUEST_RATE, None)
            if name:
                alarmed = any(c["verdict"] in ("slower", "faster") for c in cells if c["network"] != BASELINE)
                counts.add("all false", alarmed)
            else:
                count(counts, cells, ratios, "higher")
                _differences(counts, cells)
    return counts


def rate(_: int, cost: float) -> Mapping[str, Any]:
    return {"load": "http-max", "workload": "http-max", "response_bytes": 100, "rate_per_s": 1e9 / (HOST_NS * cost)}


def _differences(counts: Counts, cells: Sequence[Mapping[str, Any]]) -> None:
    """Among equal networks the true difference is none, whatever the scenario."""
    for cell in cells:
        if cell["network"] != BASELINE and RATIOS[cell["network"]] == 1:
            counts.add("difference", cell["difference_low"] <= 0 <= cell["difference_high"])


POOLED = ("log-normal", "heavy tails", "wild trials", "drift", "two modes")
TAIL, TAIL_SHARE, TAIL_INDEX = 0.999, 0.02, 2.5
"""The quantile that is pooled; the share of requests that are simulated one by one; the Pareto tail that they follow."""


def pooled(scenario: str, blocks: int, samples: int, studies: int, seed: int) -> Counts:
    """p99.9 of trials that have too few samples for it, read from merged histograms; two networks to keep it short."""
    counts, key = Counts(), LoadKey("50%", 100)
    ratios = {"equal-1": 1.0, "50%": 1.5}
    rng = np.random.default_rng([seed, blocks, samples, *scenario.encode()])
    logs = np.log(np.maximum(bucket_values(), 1))
    for study in range(studies):
        histograms: dict[int, NDArray[np.int64]] = {}

        def load(number: int, cost: float, into: dict[int, NDArray[np.int64]] = histograms) -> Mapping[str, Any]:
            slow = rng.binomial(samples, TAIL_SHARE)
            times = log(4 * HOST_NS * cost) + rng.exponential(1 / TAIL_INDEX, slow)
            counted = np.bincount(np.searchsorted(logs, times), minlength=len(logs)).astype(np.int64)
            counted[0] += samples - slow  # the others lie below every tail
            into[number] = counted
            latency = {
                "count": samples,
                f"{TAIL:.10g}": exp(logs[int(np.searchsorted(np.cumsum(counted), TAIL * samples))]),
            }
            return {"load": "50%", "workload": "http", "response_bytes": 100, "offered_per_s": 1.0, "achieved_per_s": 1.0,
                    "latency_ns": latency}  # fmt: skip

        effects = SCENARIOS[scenario](rng, (blocks, len(ratios) + 2))
        made = simulated(ratios, effects, load, study)
        run = Run(made.record, made.trials, lambda number, _, found=histograms: found[number])
        cells = _cells(run, key, LATENCY, TAIL)
        pooled_all = all(c["method"] == "bootstrap-blocks" for c in cells if c["network"] != BASELINE)
        counts.add("supported", pooled_all)
        if pooled_all:
            count(counts, cells, ratios, "lower")
    return counts


def followed(rng: np.random.Generator, shape: tuple[int, int], autocorrelation: float) -> Effects:
    """Effects of 3 % that follow those of the block before, network by network; the host's two trials of a block are alike."""
    effects = rng.normal(0, 1, shape)
    effects[:, -1] = effects[:, -2]
    for block in range(1, len(effects)):
        effects[block] = autocorrelation * effects[block - 1] + sqrt(1 - autocorrelation**2) * effects[block]
    return 0.03 * effects


def dependent(autocorrelation: float, blocks: int, studies: int, seed: int) -> Counts:
    """Blocks that depend on each other: how often that is seen, and how often the intervals contain the truth, as they are and as
    they would be without widening."""
    counts, key = Counts(), LoadKey("http-max", 100)
    rng = np.random.default_rng([seed, blocks, int(autocorrelation * 100)])
    for study in range(studies):
        run = simulated(RATIOS, followed(rng, (blocks, len(RATIOS) + 2), autocorrelation), rate, study)
        cells = _cells(run, key, REQUEST_RATE, None)
        found = dependence.dependence_of(run)
        counts.add("seen", found.autocorrelation > 0)
        wider = statistics.widening(blocks, found.autocorrelation)
        for cell in cells:
            if cell["network"] != BASELINE:
                off = abs(log(cell["ratio"] * RATIOS[cell["network"]]))
                counts.add("plain", off <= log(cell["ratio_high"] / cell["ratio"]) / wider)
                counts.add("wider", off <= log(cell["ratio_high"] / cell["ratio"]))
        count(counts, cells, RATIOS, "higher")
    return counts


def dependent_table(studies: int, seed: int) -> None:
    rows = ((f"{r:g}", f"{b}", dependent(r, b, studies, seed)) for r in (0.0, 0.3, 0.6) for b in (3, 6, 10, 20))
    table(rows, ("seen", "plain", "wider", "joint", "false"), "blocks")


UNEVEN, UNEVEN_SHAPE = "uneven stalls", 0.3
"""The scenario in which most trials have no stall and some have many, and the shape of the gamma distribution of their rate."""

STALLED = {"rare stalls": 0.5, "stalls": 3.0, UNEVEN: 3.0}
"""Stalls of a trial, by scenario; their lengths are exponential, 2 ms on average, and everything in one is late together."""

STALL_NS, RATE_PER_S, TICKS_PER_S = 2e6, 20_000, 10


def stalled(scenario: str, blocks: int, seconds: float, quantile: float, studies: int, seed: int) -> Counts:
    """A tail that stalls make: two networks, one equal to the host, trials without any effect but where their stalls fall."""
    counts, key = Counts(), LoadKey("50%", 100)
    ratios = {"equal-1": 1.0, "50%": 1.5}
    rng = np.random.default_rng([seed, blocks, int(seconds * 100), *scenario.encode()])
    logs, samples, ticks = (
        np.log(np.maximum(bucket_values(), 1)),
        int(seconds * RATE_PER_S),
        ceil(seconds * TICKS_PER_S),
    )
    for study in range(studies):
        histograms: dict[int, NDArray[np.int64]] = {}

        def load(number: int, cost: float, into: dict[int, NDArray[np.int64]] = histograms) -> Mapping[str, Any]:
            times = log(HOST_NS * cost) + rng.normal(0, 0.2, samples)
            uneven = rng.gamma(UNEVEN_SHAPE) / UNEVEN_SHAPE if scenario == UNEVEN else 1.0
            for _ in range(rng.poisson(STALLED[scenario] * uneven)):
                late = int(min(samples, max(1, rng.exponential(STALL_NS) * RATE_PER_S / 1e9)))
                first = int(rng.integers(0, samples - late + 1))
                waits = np.arange(late, 0, -1) / RATE_PER_S * 1e9 * cost
                times[first : first + late] = np.log(np.exp(times[first : first + late]) + waits)
            places = np.minimum(np.searchsorted(logs, times), len(logs) - 1)
            counted = np.bincount(places, minlength=len(logs)).astype(np.int64)
            into[number] = counted
            own = exp(logs[int(np.searchsorted(np.cumsum(counted), quantile * samples))])
            pieces = np.array_split(np.exp(times), ticks)
            series = {
                "seconds": 1 / TICKS_PER_S,
                "samples": [len(p) for p in pieces],
                "median_ns": [round(float(np.median(p))) for p in pieces],
                "above": {f"{quantile:.10g}": [int((p > own).sum()) for p in pieces]},
            }
            return {"load": "50%", "workload": "http", "response_bytes": 100, "offered_per_s": 1.0, "achieved_per_s": 1.0,
                    "ticks": series, "latency_ns": {"count": samples, f"{quantile:.10g}": own}}  # fmt: skip

        made = simulated(ratios, np.zeros((blocks, len(ratios) + 2)), load, study)
        run = Run(made.record, made.trials, lambda number, _, found=histograms: found[number])
        cells = _cells(run, key, LATENCY, quantile)
        known = [c for c in cells if c["network"] != BASELINE]
        for cell in known:
            counts.add("supported", cell["ratio_low"] is not None)
        if all(c["ratio_low"] is not None for c in known):
            count(counts, cells, ratios, "lower")
    return counts


def stalled_table(studies: int, seed: int) -> None:
    sizes = [(6, 0.35, 0.999), (6, 0.5, 0.999), (6, 0.5, 0.99), (6, 1.0, 0.999), (10, 2.0, 0.999)]
    rows = (
        (s, f"{b} x {length:g} s, p{q * 100:g}", stalled(s, b, length, q, studies, seed))
        for s in STALLED
        for b, length, q in sizes
    )
    table(rows, ("supported", "shown", "joint", "false"), "blocks x load")


def table(rows: Iterator[tuple[str, str, Counts]], names: Sequence[str], what: str) -> None:
    titles = {"t": "t", "ranks": "H-L", "shown": "shown", "joint": "joint", "difference": "difference", "false": "false verdict",
              "supported": "supported", "seen": "seen", "plain": "without widening", "wider": "with widening",
              "all false": "all equal: false", "power": "finds 5 %", "disagree": "disagree"}  # fmt: skip
    print(f"| scenario | {what} | {' | '.join(titles[n] for n in names)} |")
    print(f"|---|{'---|' * (len(names) + 1)}")
    for scenario, size, counts in rows:
        shares = " | ".join(f"{counts.share(n) * 100:.1f}" if n in counts.found else "-" for n in names)
        print(f"| {scenario} | {size} | {shares} |", flush=True)


def paired_table(studies: int, sizes: Sequence[int], seed: int) -> None:
    rows = ((s, f"{b}", paired(s, b, studies, seed)) for s in SCENARIOS for b in sizes)
    table(rows, ("t", "ranks", "shown", "joint", "difference", "false", "all false", "power", "disagree"), "blocks")


def pooled_table(studies: int, seed: int) -> None:
    rows = ((s, f"{b} x {n}", pooled(s, b, n, studies, seed)) for s in POOLED for b, n in ((6, 2500), (10, 7500)))
    table(rows, ("supported", "shown", "joint", "false"), "blocks x requests")


def largest_t(numbers: Effects) -> Effects:
    """The largest |t| over networks: (..., blocks, networks) to (...)."""
    blocks = numbers.shape[-2]
    return np.asarray(np.abs(numbers.mean(axis=-2) / numbers.std(axis=-2, ddof=1) * sqrt(blocks)).max(axis=-1))


def dunnett(numbers: Effects, rng: np.random.Generator) -> float:
    """The critical value for the correlation that these blocks show, from normal draws with a variance for each network."""
    values, vectors = np.linalg.eigh(np.corrcoef(numbers.T))
    root = vectors * np.sqrt(np.maximum(values, 0))
    return float(np.quantile(largest_t(rng.normal(size=(1500, *numbers.shape)) @ root.T), statistics.CONFIDENCE))


def dunnett_table(studies: int, sizes: Sequence[int], seed: int) -> None:
    """Critical values of Šidák's rule and (on average) of Dunnett's, and how often all five intervals contain the truth."""
    print("| scenario | blocks | Šidák | holds | Dunnett | holds |\n|---|---|---|---|---|---|")
    networks = len(RATIOS)
    for scenario, effects in SCENARIOS.items():
        for blocks in sizes:
            rng = np.random.default_rng([seed, blocks, *scenario.encode()])
            sidak = statistics.student_t(blocks - 1, 0.5 + statistics.each(networks) / 2)
            found = []
            for _ in range(studies):
                drawn = effects(rng, (blocks, networks + 2))
                numbers = drawn[:, :networks] - drawn[:, networks:].mean(axis=1, keepdims=True)
                critical, seen = dunnett(numbers, rng), float(largest_t(numbers))
                found.append((seen <= sidak, critical, seen <= critical))
            one, critical, other = np.mean(found, axis=0)
            print(f"| {scenario} | {blocks} | {sidak:.2f} | {one:.1%} | {critical:.2f} | {other:.1%} |", flush=True)


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    studies, sizes = int(words[0]) if words else 2000, [int(word) for word in words[1:]] or [6, 10, 20]
    began, seed = time.monotonic(), 1
    print(f"{studies} studies for each line, seed {seed}; percent\n")
    if "--dunnett" in sys.argv:
        dunnett_table(studies, sizes, seed)
        return
    if "--dependent" in sys.argv:
        dependent_table(studies, seed)
        return
    if "--stalled" in sys.argv:
        stalled_table(studies, seed)
        return
    if "--pooled" not in sys.argv:
        paired_table(studies, sizes, seed)
    if "--pooled" in sys.argv or "--all" in sys.argv:
        print()
        pooled_table(studies, seed)
    print(f"\n{(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
