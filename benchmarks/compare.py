"""How often `barewire compare` is right: simulated pairs of runs whose true change is known.

    scripts/bench compare [PAIRS] [PAIRS-OF-TAILS]
    scripts/bench compare effects [PAIRS]         runs that have their own effect
    scripts/bench compare dependent [PAIRS]       blocks that depend on each other

Blocks have drift, trials their own effect (log-normal, or heavy-tailed: Student's t with 3 degrees). Two networks: one
changed by the true change, one did not. Prints a Markdown table: how many pairs support an interval at all, how often it holds
the truth, how often the changed network is called worse, how often either network is called what it is not, how a gate of 5 %
is judged. The code under test is the comparison itself; only the trials' lines are made here. Takes some minutes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire.records import RunCondition
from barewire.results.analysis import LoadKey, Run
from barewire.results.comparison import gates
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.gate import parse
from barewire.results.comparison.question import Question
from barewire.results.counts import Counts, bucket_values
from barewire.workloads.definition.metric import LATENCY
from tests.support.records import run_of, trial_of

LOAD = LoadKey("50%", 100)
NETWORKS = ("changed", "same")
SPREAD = 0.03
DRIFT, TAIL_DRIFT = 0.1, 0.03
"""Of blocks; more, and few blocks make the tail of all, which supports no interval."""
GATE = parse("changed p50 <= 5%")


def run(
    rng: np.random.Generator,
    ratios: Mapping[str, float],
    blocks: int,
    heavy: bool,
    tails: int,
    effect: float = 0.0,
    restarts: int = 1,
    autocorrelation: float = 0.0,
) -> Run:
    """A run in memory: its trials' lines, and for a study of tails histograms of `tails` requests a trial.

    `effect` is the standard deviation of the effect that a run has on each network against the host; it is drawn again for each
    of `restarts` groups of blocks. With an `autocorrelation` the effects of trials follow those of the block before, network by
    network, and the host's two trials of a block are alike.
    """
    trials: list[dict[str, Any]] = []
    histograms: dict[int, Counts] = {}
    effects = [{n: float(np.exp(rng.normal(0, effect))) if effect else 1.0 for n in NETWORKS} for _ in range(restarts)]
    noise = {n: _followed(rng, blocks, autocorrelation) for n in ("host", *NETWORKS)} if autocorrelation else {}
    for block in range(1, blocks + 1):
        restart = (block - 1) * restarts // blocks
        drift = rng.normal(0, TAIL_DRIFT if tails else DRIFT)
        for network, role in (("host", "baseline-a"), ("host", "baseline-b"), *((n, "candidate") for n in NETWORKS)):
            drawn = noise[network][block - 1] if noise else rng.standard_t(3) / 3**0.5 if heavy else rng.normal()
            own = effects[restart].get(network, 1.0)
            scale = 30_000 * ratios.get(network, 1.0) * own * float(np.exp(drift + SPREAD * drawn))
            latency: dict[str, Any] = {"count": 10**6, "0.5": scale}
            if tails:
                counts = np.bincount(
                    np.searchsorted(bucket_values(), scale * rng.lognormal(0, 0.3, tails)),
                    minlength=len(bucket_values()),
                )
                histograms[len(trials) + 1] = counts.astype(np.int64)
                latency = {"count": tails, "0.999": scale}
            load = {
                "load": "50%",
                "workload": "http",
                "response_bytes": 100,
                "offered_per_s": 1.0,
                "achieved_per_s": 1.0,
                "latency_ns": latency,
            }
            trial: dict[str, Any] = {"trial": len(trials) + 1, "block": block, "network": network, "role": role}
            trial |= {"restart": restart + 1} if restarts > 1 else {}
            trials.append({**trial, "valid": True, "setup": None, "loads": [load]})
    record = {
        "networks": [{"name": n, "measured": True} for n in ("host", *NETWORKS)],
        "plan": {"blocks": blocks},
        "seed": 1,
    }
    found = Run(run_of(record), [trial_of(one) for one in trials], lambda trial, _tag: histograms.get(trial))
    found.cache["effects"] = effects  # what is true, for those who judge the comparison
    return found


def _followed(rng: np.random.Generator, blocks: int, autocorrelation: float) -> list[float]:
    """Effects with variance 1, each of which follows the one before."""
    found = [float(rng.normal())]
    for _ in range(1, blocks):
        found.append(autocorrelation * found[-1] + (1 - autocorrelation**2) ** 0.5 * float(rng.normal()))
    return found


def simulate(
    pairs: int,
    blocks: int,
    change: float,
    *,
    heavy: bool = False,
    paired: bool = False,
    tails: int = 0,
    autocorrelation: float = 0.0,
) -> Counter[str]:
    """Counts over `pairs` pairs of runs; coverage and the median half width (`half`, of the logarithm in millionths) are of those
    that support an interval of both networks and of the noise floor."""
    said: Counter[str] = Counter()
    halves: list[float] = []
    for seed in range(pairs):
        rng = np.random.default_rng(
            [seed, blocks, int(1000 * change), heavy, paired, tails, int(100 * autocorrelation)]
        )
        before, after = (
            run(rng, {"changed": 1.5 * one, "same": 1.2}, blocks, heavy, tails, autocorrelation=autocorrelation)
            for one in (1.0, change)
        )
        if paired:
            before, after = (
                replace(
                    one, record=replace(one.record, condition=RunCondition(name, ("before", "after"), "one", "tune"))
                )
                for one, name in ((before, "before"), (after, "after"))
            )
        found = Comparison(before, after)
        assert found.paired == paired
        answers = {n: found.change(Question(n, LOAD, LATENCY, 0.999 if tails else 0.5)) for n in NETWORKS}
        if any(one is None or one.verdict == "unsupported" for one in answers.values()):
            assert tails  # whether a tail is supported is chance
            continue
        said["supported"] += 1
        wrong = False
        for network, truth in (("changed", change), ("same", 1.0)):
            answer = answers[network]
            assert answer and answer.ratio and answer.ratio.low and answer.ratio.high
            said["covered"] += answer.ratio.low <= truth <= answer.ratio.high
            wrong |= answer.verdict == "better" or (answer.verdict == "worse" and truth == 1.0)
        said["wrong"] += wrong
        said["found"] += answers["changed"].verdict == "worse"  # type: ignore[union-attr]
        halves.append(log(answers["changed"].ratio.high / answers["changed"].ratio.low) / 2)  # type: ignore
        if not tails:
            said[gates.judge([GATE], [found], [before, after])[0].outcome] += 1
    said["half"] = round(1e6 * float(np.median(halves))) if halves else 0
    return said


def row(said: Counter[str], pairs: int) -> Mapping[str, str]:
    """Shares as words: of the pairs, and of coverage and half width of those that are supported."""
    known = said["supported"]
    shares = {
        key: f"{100 * said[key] / pairs:.1f} %"
        for key in ("supported", "found", "wrong", "fails", "holds", "undecided")
    }
    half = f"{100 * (np.exp(said['half'] / 1e6) - 1):.1f} %" if known else "–"
    return {**shares, "covered": f"{50 * said['covered'] / known:.1f} %" if known else "–", "half": half}


RUNS_A_SIDE, EARLIER, RESTARTS = 3, 8, 3


def simulate_effects(pairs: int, blocks: int, change: float, effect: float, basis: str) -> Counter[str]:
    """Counts over `pairs` comparisons of runs that have an effect of their own, by what is known of it. A verdict is wrong if it
    calls a change that is not there, by the sign too; a gate, with its limit at the true change, if it fails (or, a little above
    it, holds)."""
    said: Counter[str] = Counter()
    halves: list[float] = []
    truths = {"changed": change, "same": 1.0}
    at_truth = parse(f"changed p50 <= {100 * (change - 1):g}%")
    for seed in range(pairs):
        rng = np.random.default_rng([seed, blocks, int(1000 * change), int(1000 * effect), len(basis)])
        side = RUNS_A_SIDE if basis == "runs" else 1
        restarts = RESTARTS if basis == "restarts" else 1

        def made(factor: float, rng: np.random.Generator = rng, restarts: int = restarts) -> Run:
            return run(rng, {"changed": 1.5 * factor, "same": 1.2}, blocks, False, 0, effect, restarts)

        before, after = ([made(factor) for _ in range(side)] for factor in (1.0, change))
        earlier = [made(1.0) for _ in range(EARLIER)] if basis == "history" else []
        found = Comparison(before, after, earlier=earlier)
        wrong = False
        for network, truth in truths.items():
            answer = found.change(Question(network, LOAD, LATENCY, 0.5))
            assert answer and answer.ratio and answer.ratio.low and answer.ratio.high
            plain = found.ratio(answer.question)
            assert plain and plain.low and plain.high
            said["covered"] += plain.low <= truth <= plain.high
            if side == restarts == 1:
                was, now = (one[0].cache["effects"][0][network] for one in (before, after))
                said["covered of these runs"] += plain.low <= truth * now / was <= plain.high
            wrong |= answer.verdict in ("better", "worse") and (truth == 1.0 or answer.verdict == "better")
            if network == "changed":
                said["found"] += answer.verdict == "worse"
                halves.append(log(answer.ratio.high / answer.ratio.low) / 2)
                said[f"basis {answer.basis}"] += 1
        said["wrong"] += wrong
        said["gate wrong"] += gates.judge([at_truth], [found], [before, after])[0].outcome == "fails"
    said["half"] = round(1e6 * float(np.median(halves)))
    return said


def main_effects(pairs: int) -> None:
    """The table of runs that have an effect of their own."""
    print(
        "| what is known | run effect | blocks | interval holds the truth | ± | wrong verdict | gate at the truth fails | "
        "+10 % found |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    names = {
        "these-runs": "one run a side, nothing",
        "restarts": f"one run a side, {RESTARTS} restarts in each",
        "history": f"one run a side, {EARLIER} earlier runs",
        "runs": f"{RUNS_A_SIDE} runs a side",
    }
    for basis, name in names.items():
        for effect in (0.0, 0.01, 0.02, 0.03):
            for blocks in (6, 10, 20):
                said = simulate_effects(pairs, blocks, 1.0, effect, basis)
                more = simulate_effects(pairs, blocks, 1.1, effect, basis)
                share = {key: f"{100 * said[key] / pairs:.1f} %" for key in ("wrong", "gate wrong")}
                half = 100 * (np.exp(said["half"] / 1e6) - 1)
                print(
                    f"| {name} | {100 * effect:.0f} % | {blocks} | {50 * said['covered'] / pairs:.1f} % | {half:.1f} % "
                    f"| {share['wrong']} | {share['gate wrong']} | {100 * more['found'] / pairs:.0f} % |",
                    flush=True,
                )


def main_dependent(pairs: int) -> None:
    """The table of runs whose blocks depend on each other."""
    print("| runs | autocorrelation | blocks | interval holds the truth | ± | wrong verdict | +10 % found |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, paired in (("one after the other", False), ("alternating", True)):
        for autocorrelation in (0.3, 0.6):
            for blocks in (6, 10, 20):
                said = row(simulate(pairs, blocks, 1.0, paired=paired, autocorrelation=autocorrelation), pairs)
                more = row(simulate(pairs, blocks, 1.1, paired=paired, autocorrelation=autocorrelation), pairs)
                print(
                    f"| {name} | {autocorrelation:g} | {blocks} | {said['covered']} | {said['half']} | {said['wrong']} "
                    f"| {more['found']} |",
                    flush=True,
                )


def main() -> None:
    number = int(sys.argv[2]) if len(sys.argv) > 2 else None
    if sys.argv[1:2] == ["effects"]:
        main_effects(number or 400)
        return
    if sys.argv[1:2] == ["dependent"]:
        main_dependent(number or 400)
        return
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    few = number or 300
    print(
        "| runs | blocks | true change | supported | interval holds it | ± | called worse | any wrong verdict "
        "| gate `<= 5%`: 1 / 0 / 3 |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    cases: list[tuple[str, dict[str, Any], int]] = [
        ("one after the other", {}, pairs),
        ("one after the other, heavy-tailed", {"heavy": True}, pairs),
        ("alternating", {"paired": True}, pairs),
        ("p99.9 from merged histograms", {"tails": 3000}, few),
    ]
    for name, options, count in cases:
        for blocks in (6, 10):
            for change in (1.0, 1.05, 1.1):
                said = row(simulate(count, blocks, change, **options), count)
                judged = "–" if "tails" in options else f"{said['fails']} / {said['holds']} / {said['undecided']}"
                of = f", {options['tails']:,} requests" if "tails" in options else ""
                print(
                    f"| {name}{of} | {blocks} | {100 * (change - 1):+.0f} % | {said['supported']} | {said['covered']} "
                    f"| {said['half']} | {said['found']} | {said['wrong']} | {judged} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
