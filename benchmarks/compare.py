"""How often `barewire compare` is right: simulated pairs of runs whose true change is known.

    .venv/bin/python benchmarks/compare.py [PAIRS] [PAIRS-OF-TAILS]

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
from barewire.compare import gates
from barewire.compare.change import Comparison, Question
from barewire.compare.gate_text import parse
from barewire.runs.analysis import LATENCY, LoadKey, Run
from barewire.runs.counts import Counts, bucket_values

LOAD = LoadKey("50%", "rate", 100)
NETWORKS = ("changed", "same")
SPREAD = 0.03
GATE = parse("changed p50 <= 5%")


def run(rng: np.random.Generator, ratios: Mapping[str, float], blocks: int, heavy: bool, tails: int) -> Run:
    """A run in memory: its trials' lines, and for a study of tails histograms of `tails` requests a trial."""
    trials: list[dict[str, Any]] = []
    histograms: dict[int, Counts] = {}
    for block in range(1, blocks + 1):
        drift = rng.normal(0, 0.1)
        for network, role in (("host", "baseline-a"), ("host", "baseline-b"), *((n, "candidate") for n in NETWORKS)):
            effect = SPREAD * (rng.standard_t(3) / 3**0.5 if heavy else rng.normal())
            scale = 30_000 * ratios.get(network, 1.0) * float(np.exp(drift + effect))
            latency: dict[str, Any] = {"count": 10**6, "0.5": scale}
            if tails:
                counts = np.bincount(
                    np.searchsorted(bucket_values(), scale * rng.lognormal(0, 0.3, tails)),
                    minlength=len(bucket_values()),
                )
                histograms[len(trials) + 1] = counts.astype(np.int64)
                latency = {"count": tails, "0.999": scale}
            load = {"load": "50%", "kind": "rate", "response_bytes": 100, "offered_per_s": 1.0, "latency_ns": latency}
            trial: dict[str, Any] = {"trial": len(trials) + 1, "block": block, "network": network, "role": role}
            trials.append({**trial, "valid": True, "setup": None, "loads": [load]})
    record = {
        "networks": [{"name": n, "measured": True} for n in ("host", *NETWORKS)],
        "plan": {"blocks": blocks},
        "seed": 1,
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


def main() -> None:
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
                outcomes = [share.get(key, "0.0 %") for key in ("fails", "holds", "cannot tell")]
                judged = " / ".join(outcomes) if "tails" not in options else "–"
                half = 100 * (np.exp(said["width"] / count / 2e6) - 1)
                print(
                    f"| {name} | {blocks} | {100 * (change - 1):+.0f} % | {50 * said['covered'] / count:.1f} % | {half:.1f} % "
                    f"| {share.get('found', '0.0 %')} | {share.get('wrong', '0.0 %')} | {judged} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
