"""A small part of `benchmarks/coverage.py`: what a study reports contains the truth as often as it says.

Seeds are fixed, so a failure is a change of the code (or of numpy's generators). The tolerance is what 60 studies can show:
93 to 97 % and four standard deviations of the binomial.
"""

from __future__ import annotations

from math import sqrt

import pytest

from barewire.records import Cell
from benchmarks import coverage, medians

STUDIES = 60


def within(share: float, low: float, high: float, of: int) -> bool:
    return low - 4 * sqrt(low * (1 - low) / of) <= share <= min(1.0, high + 4 * sqrt(high * (1 - high) / of))


@pytest.mark.parametrize("blocks", [6, 12])
@pytest.mark.parametrize("scenario", ["log-normal", "heavy tails", "wild trials", "drift", "two modes"])
def test_intervals_contain_the_truth_and_equal_stays_equal(scenario: str, blocks: int) -> None:
    counts = coverage.paired(scenario, blocks, STUDIES, seed=1)
    shares = {name: counts.share(name) for name in ("t", "ranks", "shown", "joint", "difference")}
    assert all(within(share, 0.93, 0.97, STUDIES) for share in shares.values()), shares
    assert counts.share("false") <= 0.05 + 4 * sqrt(0.05 * 0.95 / STUDIES)
    assert counts.share("all false") <= 0.05 + 4 * sqrt(0.05 * 0.95 / STUDIES)


def test_a_tail_read_from_all_blocks_contains_the_truth() -> None:
    counts = coverage.pooled("log-normal", 6, 2500, 60, seed=1)
    assert within(counts.share("shown"), 0.93, 0.97, 60)
    assert within(counts.share("joint"), 0.93, 0.97, 60)


def test_large_differences_are_found() -> None:
    run = coverage.simulated(
        {"slow": 1.5, "same": 1.0}, coverage.drift(coverage.np.random.default_rng(1), (6, 4)), coverage.rate, 1
    )
    cells, floor = coverage.Columns(run, coverage.LoadKey("http-max", 100)).column(coverage.REQUEST_RATE, None)
    assert {c.network: c.verdict for c in cells} == {
        "host": "equivalent", "slow": "slower", "same": "no-difference-found",
    }  # fmt: skip
    assert floor and floor.n == 6


def test_a_tail_that_few_trials_make_is_left_unsupported() -> None:
    """Most trials have no stall and some have many. Before, both intervals of one of these studies lacked the truth."""
    counts = coverage.stalled(coverage.UNEVEN, 6, 0.5, 0.99, 30, seed=1)
    held, known = counts.found["shown"]
    assert held == known > 0


def test_a_tail_with_rare_stalls_remains_supported() -> None:
    counts = coverage.stalled("rare stalls", 6, 0.5, 0.99, 15, seed=1)
    assert counts.share("supported") > 0.9 and within(counts.share("shown"), 0.93, 1.0, 15)


def cells_of(scenario: str, blocks: int, quantile: float, rate: float = 2000) -> dict[str, Cell]:
    rng = coverage.np.random.default_rng(3)
    run = medians.study(rng, scenario, blocks, 0.35, rate, quantile, 1)
    return {cell.network: cell for cell in coverage.Columns(run, medians.KEY).column(coverage.LATENCY, quantile)[0]}


@pytest.mark.parametrize("scenario", ["drift", "two levels"])
def test_a_median_of_requests_late_together_is_supported(scenario: str) -> None:
    """What `--quick` measures on a busy machine: three short loads whose requests are worth fewer than 20 independent ones."""
    counts = medians.count(scenario, 3, 0.35, 2000, 0.5, 6, seed=1)
    assert counts["now"].share("supported") == 1 > 2 * counts["effective"].share("supported")
    assert cells_of(scenario, 3, 0.5)["equal"].method == "paired-log-t"


def test_medians_of_requests_late_together_contain_the_truth() -> None:
    counts = medians.count("wandering", 3, 0.35, 2000, 0.5, 30, seed=1)
    assert counts["now"].share("supported") == 1 > 2 * counts["effective"].share("supported")
    assert within(counts["now"].share("shown"), 0.93, 0.97, 60)
    assert counts["now"].share("false") <= 0.05 + 4 * sqrt(0.05 * 0.95 / 30)


def test_a_tail_without_an_interval_states_the_reason() -> None:
    late = cells_of("wandering", 3, 0.9)["equal"]
    assert late.verdict == "unsupported" and late.unsupported
    assert late.unsupported.startswith("requests were late together (700\u00a0samples of a trial of equal are worth ")
    assert late.unsupported.endswith(" independent ones, p90 needs 100 in each trial, or 6 blocks to merge)")
    few = cells_of("stalls", 3, 0.99)["equal"]
    assert few.unsupported == (
        "too few samples (700 of a trial of equal, p99 needs 1,000 in each trial, or 6 blocks to merge)".replace(
            ",000", "\u00a0000"
        )
    )
    assert cells_of("stalls", 1, 0.5)["equal"].unsupported == "one block has no interval"
