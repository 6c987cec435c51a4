"""Medians and p90 of loads whose requests are late together: when do their intervals contain the truth, and by which rule are
they refused?

    scripts/bench medians [STUDIES]              200 studies a line by default (about ten minutes)
    scripts/bench medians --quiet-host [STUDIES]

Studies are simulated as in benchmarks/coverage.py: the host twice and two networks in each block, one of them equal to the host,
one 50 % slower, and every number goes through the code that makes a summary. Trials of a network differ by nothing but what
happens within a load (logarithms, beside 20 % of each request). It happens to all, as on a busy machine; with `--quiet-host` to
the networks alone, and then the truth is the ratio of the quantiles of many loads.

- stalls: six a second, 2 ms on average, in which everything is late
- uneven stalls: three a second, 30 ms on average, but most trials have none and some have many
- other programs: 80 time slices of 4 ms a second, a third of the time
- wandering: the level follows itself (autoregressive, 30 ms), 30 %
- drift: the level moves by 50 % (standard deviation) from the load's beginning to its end
- two levels: half of the time everything takes three times as long, for 100 ms on average

Each rule has two columns, the share of cells with an interval and of intervals that contain the truth:

- now: of a trial's median all samples count, of its tail the effective ones (`statistics.counted`)
- effective: effective samples count for the median, too, as they did before
- without the factor: the same, and blocks that are merged need no more effective samples where requests are late together
- all samples: all samples count for both quantiles
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire import statistics
from barewire.results import BASELINE
from barewire.results.analysis import LoadKey, Run
from barewire.results.counts import bucket_values
from barewire.results.summary import Columns
from barewire.workloads.definition.metric import LATENCY
from benchmarks.coverage import HOST_NS, TICKS_PER_S, Counts, simulated

Numbers = NDArray[np.float64]

STEPS_PER_S = 10_000
"""How finely what happens within a load is drawn."""

RATIOS = {"equal": 1.0, "50%": 1.5}
KEY = LoadKey("50%", 100)


def stalls(per_s: float, mean_ms: float, shape: float = 0.0) -> Callable[[np.random.Generator, int], Numbers]:
    """How long a request waits that is due at each step, in ns; `shape` is that of the gamma distribution of trials' rates."""

    def draw(rng: np.random.Generator, steps: int) -> Numbers:
        waits = np.zeros(steps)
        many = rng.gamma(shape) / shape if shape else 1.0
        for _ in range(rng.poisson(per_s * steps / STEPS_PER_S * many)):
            first = int(rng.integers(0, steps))
            late = min(steps - first, max(1, round(rng.exponential(mean_ms) * STEPS_PER_S / 1e3)))
            waits[first : first + late] = np.maximum(
                waits[first : first + late], np.arange(late, 0, -1) * 1e9 / STEPS_PER_S
            )
        return waits

    return draw


def wandering(rng: np.random.Generator, steps: int) -> Numbers:
    from scipy.signal import lfilter

    kept = exp(-1 / (0.03 * STEPS_PER_S))
    drawn = rng.normal(0, 0.3 * (1 - kept**2) ** 0.5, steps)
    drawn[0] = rng.normal(0, 0.3)
    return np.asarray(lfilter([1.0], [1.0, -kept], drawn))


def drift(rng: np.random.Generator, steps: int) -> Numbers:
    return np.asarray(rng.normal(0, 0.5) * np.linspace(-0.5, 0.5, steps))


def two_levels(rng: np.random.Generator, steps: int) -> Numbers:
    lengths = np.maximum(
        1, rng.exponential(0.1 * STEPS_PER_S, 4 * STEPS_PER_S * steps // STEPS_PER_S // 100 + 40)
    ).astype(int)
    levels = (np.arange(len(lengths)) + rng.integers(2)) % 2
    return np.asarray(log(3) * np.repeat(levels, lengths)[:steps])


WAITS: Mapping[str, Callable[[np.random.Generator, int], Numbers]] = {
    "stalls": stalls(6, 2),
    "uneven stalls": stalls(3, 30, 0.3),
    "other programs": stalls(80, 4),
}
LEVELS: Mapping[str, Callable[[np.random.Generator, int], Numbers]] = {
    "wandering": wandering,
    "drift": drift,
    "two levels": two_levels,
}

QUIET = "quiet"
"""Nothing happens."""

RULES: Mapping[str, Mapping[str, Callable[..., float]]] = {
    "now": {},
    "effective": {"counted": lambda samples, worth, _: samples / worth},
    "without the factor": {"counted": lambda samples, worth, _: samples / worth, "safety_factor": lambda _: 1.0},
    "all samples": {"counted": lambda samples, _, __: samples},
}

SIZES = ((3, 0.35, 2_000), (6, 0.5, 10_000), (6, 2.0, 10_000))
"""Blocks, seconds and requests per second: `--quick` on a busy machine, and default studies."""


def latencies(rng: np.random.Generator, scenario: str, seconds: float, rate: float) -> Numbers:
    """Logarithms of the latencies of a load in ns, in the order of time, before a network's cost."""
    steps, count = round(seconds * STEPS_PER_S), round(seconds * rate)
    place = np.arange(count) * steps // count
    found = log(HOST_NS) + rng.normal(0, 0.2, count)
    if scenario == QUIET:
        return np.asarray(found)
    if scenario in LEVELS:
        return np.asarray(found + LEVELS[scenario](rng, steps)[place])
    return np.log(np.exp(found) + WAITS[scenario](rng, steps)[place])


def study(
    rng: np.random.Generator,
    scenario: str,
    blocks: int,
    seconds: float,
    rate: float,
    quantile: float,
    seed: int,
    *,
    quiet_host: bool = False,
) -> Run:
    """A simulated study."""
    slots = len(RATIOS) + 2
    logs = np.log(np.maximum(bucket_values(), 1))
    histograms: dict[int, NDArray[np.int64]] = {}

    def load(number: int, cost: float) -> Mapping[str, Any]:
        host = (number - 1) % slots >= len(RATIOS)
        times = latencies(rng, QUIET if host and quiet_host else scenario, seconds, rate) + log(cost)
        histograms[number] = np.bincount(np.searchsorted(logs, times), minlength=len(logs)).astype(np.int64)
        own = float(np.quantile(times, quantile, method="inverted_cdf"))
        pieces = np.split(times, range(round(rate / TICKS_PER_S), len(times), round(rate / TICKS_PER_S)))
        series = {
            "seconds": 1 / TICKS_PER_S,
            "samples": [len(p) for p in pieces],
            "median_ns": [round(exp(float(np.median(p)))) for p in pieces],
            "above": {f"{quantile:.10g}": [int((p > own).sum()) for p in pieces]},
        }
        latency = {"count": len(times), f"{quantile:.10g}": exp(own)}
        return {"load": "50%", "workload": "http", "response_bytes": 100, "offered_per_s": rate, "achieved_per_s": rate,
                "ticks": series, "latency_ns": latency}  # fmt: skip

    made = simulated(RATIOS, np.zeros((blocks, slots)), load, seed)
    return Run(made.record, made.trials, lambda number, _: histograms[number])


@cache
def truth(scenario: str, seconds: float, rate: float, quantile: float) -> float:
    """The ratio of a quantile of many loads to that of as many quiet ones."""
    rng = np.random.default_rng([2, round(seconds * 100), *scenario.encode()])
    loads = max(200, round(2000 * 700 / (seconds * rate)))
    logs = [np.concatenate([latencies(rng, one, seconds, rate) for _ in range(loads)]) for one in (scenario, QUIET)]
    return exp(float(np.quantile(logs[0], quantile) - np.quantile(logs[1], quantile)))


def count(
    scenario: str,
    blocks: int,
    seconds: float,
    rate: float,
    quantile: float,
    studies: int,
    seed: int,
    *,
    quiet_host: bool = False,
) -> Mapping[str, Counts]:
    """By rule: how many cells have an interval, how many of these contain the truth, and how often the equal network is called
    slower or faster."""
    found = {rule: Counts() for rule in RULES}
    more = truth(scenario, seconds, rate, quantile) if quiet_host else 1.0
    rng = np.random.default_rng([seed, blocks, round(seconds * 100), round(quantile * 100), *scenario.encode()])
    for number in range(studies):
        run = study(rng, scenario, blocks, seconds, rate, quantile, number, quiet_host=quiet_host)
        for rule, changed in RULES.items():
            with ExitStack() as stack:
                for name, function in changed.items():
                    stack.enter_context(mock.patch.object(statistics, name, function))
                cells, _ = Columns(run, KEY).column(LATENCY, quantile)
            for cell in cells:
                if cell.network == BASELINE or cell.verdict == "saturated":
                    continue
                supported = cell.ratio_low is not None and cell.ratio_high is not None
                found[rule].add("supported", supported)
                if cell.ratio_low is not None and cell.ratio_high is not None:
                    found[rule].add("shown", cell.ratio_low <= RATIOS[cell.network] * more <= cell.ratio_high)
                if cell.network == "equal" and not quiet_host:
                    found[rule].add("false", cell.verdict in ("slower", "faster"))
    return found


def rows(studies: int, seed: int, *, quiet_host: bool) -> Iterator[tuple[str, Mapping[str, Counts]]]:
    """Each line of the table."""
    for quantile in (0.5, 0.9):
        for scenario in (*WAITS, *LEVELS):
            for blocks, seconds, rate in SIZES:
                name = f"{scenario} | {blocks} x {seconds:g} s, p{quantile * 100:g}"
                yield name, count(scenario, blocks, seconds, rate, quantile, studies, seed, quiet_host=quiet_host)


def main() -> None:
    words, quiet_host = [word for word in sys.argv[1:] if not word.startswith("--")], "--quiet-host" in sys.argv
    studies, began = int(words[0]) if words else 200, time.monotonic()
    print(f"{studies} studies for each line; per cent: supported / holds\n")
    print(f"| scenario | blocks x load | {' | '.join(RULES)} | false verdict |\n|---|---|{'---|' * (len(RULES) + 1)}")
    for name, found in rows(studies, seed=1, quiet_host=quiet_host):
        shares = [_pair(found[rule]) for rule in RULES]
        print(
            f"| {name} | {' | '.join(shares)} | {100 * found['now'].share('false'):.1f} |".replace("nan", "-"),
            flush=True,
        )
    print(f"\n{(time.monotonic() - began) / 60:.1f} minutes")


def _pair(counts: Counts) -> str:
    held = f"{100 * counts.share('shown'):.1f}" if "shown" in counts.found else "-"
    return f"{100 * counts.share('supported'):.0f} / {held}"


if __name__ == "__main__":
    main()
