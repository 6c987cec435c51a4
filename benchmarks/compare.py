"""How often `barewire compare` is right: simulated pairs of runs whose true change is known.

    .venv/bin/python benchmarks/compare.py [PAIRS] [PAIRS-OF-TAILS]
    .venv/bin/python benchmarks/compare.py effects [PAIRS]         runs that have an effect of their own

Blocks have drift, trials an effect of their own (log-normal, or heavy-tailed: Student's t with 3 degrees). Two networks: one
changed by the true change, one did not. Prints a Markdown table: how often the interval holds the truth, how often the
changed network is called worse, how often either network is called what it is not, how a gate of 5 % is judged.
The code under test is the comparison itself; only the trials' lines are made here. Takes some minutes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from math import log
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire.results.analysis import LoadKey, Run
from barewire.results.comparison import gates
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.gate import parse
from barewire.results.comparison.question import Question
from barewire.results.counts import Counts, bucket_values
from barewire.workloads.definition.metric import LATENCY

LOAD = LoadKey("50%", "rate", 100)
NETWORKS = ("changed", "same")
SPREAD = 0.03
GATE = parse("changed p50 <= 5%")


def run(
    rng: np.random.Generator,
    ratios: Mapping[str, float],
    blocks: int,
    heavy: bool,
    tails: int,
    effect: float = 0.0,
    restarts: int = 1,
) -> Run:
    """A run in memory: its trials' lines, and for a study of tails histograms of `tails` requests a trial.

    `effect` is the standard deviation of the effect that a run has on each network against the host; it is drawn again for each
    of `restarts` groups of blocks.
    """
    trials: list[dict[str, Any]] = []
    histograms: dict[int, Counts] = {}
    effects = [{n: float(np.exp(rng.normal(0, effect))) if effect else 1.0 for n in NETWORKS} for _ in range(restarts)]
    for block in range(1, blocks + 1):
        restart = (block - 1) * restarts // blocks
        drift = rng.normal(0, 0.1)
        for network, role in (("host", "baseline-a"), ("host", "baseline-b"), *((n, "candidate") for n in NETWORKS)):
            noise = SPREAD * (rng.standard_t(3) / 3**0.5 if heavy else rng.normal())
            own = effects[restart].get(network, 1.0)
            scale = 30_000 * ratios.get(network, 1.0) * own * float(np.exp(drift + noise))
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
                "kind": "rate",
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
        "effects": effects,
    }
    return Run(record, trials, lambda trial, _tag: histograms.get(trial))


def simulate(
    pairs: int, blocks: int, change: float, *, heavy: bool = False, paired: bool = False, tails: int = 0
) -> Counter[str]:
    """Counts over `pairs` pairs of runs."""
    said: Counter[str] = Counter()
    for seed in range(pairs):
        rng = np.random.default_rng([seed, blocks, int(1000 * change), heavy, paired, tails])
        before = run(rng, {"changed": 1.5, "same": 1.2}, blocks, heavy, tails)
        after = run(rng, {"changed": 1.5 * change, "same": 1.2}, blocks, heavy, tails)
        if paired:
            before.record["condition"], after.record["condition"] = (  # type: ignore[index]
                {"study": "one", "name": name} for name in ("before", "after")
            )
        found = Comparison(before, after)
        assert found.paired == paired
        answers = {n: found.change(Question(n, LOAD, LATENCY, 0.999 if tails else 0.5)) for n in NETWORKS}
        wrong = False
        for network, truth in (("changed", change), ("same", 1.0)):
            answer = answers[network]
            assert answer and answer.ratio and answer.ratio.low and answer.ratio.high
            said["covered"] += answer.ratio.low <= truth <= answer.ratio.high
            wrong |= answer.verdict == "better" or (answer.verdict == "worse" and truth == 1.0)
        said["wrong"] += wrong
        said["found"] += answers["changed"].verdict == "worse"  # type: ignore[union-attr]
        said["width"] += round(1e6 * log(answers["changed"].ratio.high / answers["changed"].ratio.low))  # type: ignore
        if not tails:
            said[gates.judge([GATE], [found], [before, after])[0].outcome] += 1
    return said


RUNS_A_SIDE, EARLIER, RESTARTS = 3, 8, 3


def simulate_effects(pairs: int, blocks: int, change: float, effect: float, basis: str) -> Counter[str]:
    """Counts over `pairs` comparisons of runs that have an effect of their own, by what is known of it. A verdict is wrong if it
    calls a change that is not there, by the sign too; a gate, with its limit at the true change, if it fails (or, a little above
    it, holds)."""
    said: Counter[str] = Counter()
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
                was, now = (one[0].record["effects"][0][network] for one in (before, after))
                said["covered of these runs"] += plain.low <= truth * now / was <= plain.high
            wrong |= answer.verdict in ("better", "worse") and (truth == 1.0 or answer.verdict == "better")
            if network == "changed":
                said["found"] += answer.verdict == "worse"
                said["width"] += round(1e6 * log(answer.ratio.high / answer.ratio.low))
                said[f"basis {answer.basis}"] += 1
        said["wrong"] += wrong
        said["gate wrong"] += gates.judge([at_truth], [found], [before, after])[0].outcome == "fails"
    return said


def main_effects(pairs: int) -> None:
    """The table of runs that have an effect of their own."""
    print(
        "| what is known | run effect | blocks | interval holds the truth | \u00b1 | wrong verdict | gate at the truth fails | "
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
                half = 100 * (np.exp(said["width"] / pairs / 2e6) - 1)
                print(
                    f"| {name} | {100 * effect:.0f} % | {blocks} | {50 * said['covered'] / pairs:.1f} % | {half:.1f} % "
                    f"| {share['wrong']} | {share['gate wrong']} | {100 * more['found'] / pairs:.0f} % |",
                    flush=True,
                )


def main() -> None:
    if sys.argv[1:2] == ["effects"]:
        main_effects(int(sys.argv[2]) if len(sys.argv) > 2 else 400)
        return
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    few = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    print(
        "| runs | blocks | true change | interval holds it | ± | called worse | any wrong verdict | gate `<= 5%`: 1 / 0 / 3 |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    cases: list[tuple[str, dict[str, Any], int]] = [
        ("one after the other", {}, pairs),
        ("one after the other, heavy-tailed", {"heavy": True}, pairs),
        ("taking turns", {"paired": True}, pairs),
        ("p99.9 from merged histograms", {"tails": 3000}, few),
    ]
    for name, options, count in cases:
        for blocks in (6, 10):
            for change in (1.0, 1.05, 1.1):
                said = simulate(count, blocks, change, **options)
                share = {key: f"{100 * said[key] / count:.1f} %" for key in said}
                outcomes = [share.get(key, "0.0 %") for key in ("fails", "holds", "undecided")]
                judged = " / ".join(outcomes) if "tails" not in options else "–"
                half = 100 * (np.exp(said["width"] / count / 2e6) - 1)
                print(
                    f"| {name} | {blocks} | {100 * (change - 1):+.0f} % | {50 * said['covered'] / count:.1f} % | {half:.1f} % "
                    f"| {share.get('found', '0.0 %')} | {share.get('wrong', '0.0 %')} | {judged} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
