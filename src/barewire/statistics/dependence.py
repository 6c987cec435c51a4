"""Whether blocks resemble the block before them, and how much wider an interval must be if they do.

Student's t takes blocks as independent. If a network's blocks follow each other with an autocorrelation of 0.6, its 95 %
interval of ten blocks holds the truth in 70 % only. Six blocks of one network say next to nothing about that, but all networks
of a study and all its workloads together do:

- *Test*: the sum of products of neighbours over all series, against the same sum with the blocks in another order (all orders,
  or `ORDERS` of them). If blocks are exchangeable every order is as likely, so the test is exact, whatever the series share.
- *Estimate*: that sum over the sum of squares, both about each series' mean, is biased downward with so few blocks; the
  autocorrelation of a first-order process whose expected ratio is the observed one is taken instead.
- *Widening*: given the autocorrelation, the variance of a mean, the expectation of the sample variance and its degrees of
  freedom (Satterthwaite) follow from the covariance matrix. The effective number of blocks is that of independent ones whose
  mean varies as much.

The level of the test is liberal (`LEVEL`), because it is a guard: not to widen an interval that needs it is the worse mistake.
Fewer than `FEWEST` blocks have too few orders, and nothing is tested. How often all this is right:
benchmarks/coverage.py --dependent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from barewire.statistics.interval import CONFIDENCE
from barewire.statistics.paired_t import student_t

FEWEST = 5
"""Blocks, below which nothing can be tested: four have twelve different orders of neighbours."""

LEVEL = 0.2
ORDERS = 999
STRONGEST = 0.9
"""No stronger autocorrelation is assumed: its interval would have no end."""

_ALL_ORDERS = 6
_GRID = np.linspace(0.0, STRONGEST, 91)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dependence:
    """What neighbouring blocks have in common: `chance` of so much if they were independent, None where it could not be tested;
    `autocorrelation` is what intervals are widened for, 0 where the test found nothing."""

    blocks: int
    chance: float | None = None
    autocorrelation: float = 0.0

    @property
    def effective(self) -> float:
        """How many independent blocks these are worth."""
        return effective(self.blocks, self.autocorrelation)


def dependence(series: Sequence[Array], seed: int = 0) -> Dependence:
    """Test and estimate; each array is one workload's log-ratios, of shape (blocks, networks), blocks in the order of time.

    Each workload counts alike, however much its blocks vary. All arrays have the same blocks.
    """
    blocks = len(series[0]) if series else 0
    if blocks < FEWEST:
        return Dependence(blocks)
    products = np.zeros((blocks, blocks))
    for one in series:
        about = one - one.mean(axis=0)
        spread = float((about**2).sum())
        if spread > 0:
            products += about @ about.T / spread
    whole = float(np.trace(products))
    if whole <= 0:
        return Dependence(blocks)
    orders = _orders(blocks, seed)
    shuffled = products[orders[:, :-1], orders[:, 1:]].sum(axis=1)
    observed = float(np.diagonal(products, 1).sum())
    chance = float((shuffled >= observed - 1e-12 * whole).mean())
    if chance > LEVEL:
        return Dependence(blocks, chance)
    return Dependence(blocks, chance, estimate(observed / whole, blocks))


def estimate(ratio: float, blocks: int) -> float:
    """The autocorrelation whose expected ratio, of neighbours' products to squares about the mean, is the observed one."""
    return float(np.interp(ratio, _expected(blocks), _GRID))


def widening(blocks: int, autocorrelation: float, confidence: float = CONFIDENCE) -> float:
    """How many times wider an interval must be than Student's t of independent blocks."""
    if autocorrelation <= 0 or blocks < 2:
        return 1.0
    factor, degrees = inflation(blocks, autocorrelation)
    probability = 0.5 + confidence / 2
    return student_t(degrees, probability) * factor / student_t(blocks - 1, probability)


def inflation(blocks: int, autocorrelation: float) -> tuple[float, float]:
    """By how much the standard error of a mean of independent blocks is too small, as a factor, and its degrees of freedom."""
    if autocorrelation <= 0 or blocks < 2:
        return 1.0, blocks - 1.0
    variance, bias, degrees = _moments(blocks, autocorrelation)
    return sqrt(variance / bias), degrees


def effective(blocks: int, autocorrelation: float) -> float:
    """How many independent blocks have a mean that varies as much."""
    return blocks / _moments(blocks, autocorrelation)[0] if blocks else 0.0


@cache
def _moments(blocks: int, autocorrelation: float) -> tuple[float, float, float]:
    """Of blocks with variance 1: `blocks` times the variance of their mean, the expectation of the sample variance, and its
    degrees of freedom."""
    covariance = _covariance(blocks, autocorrelation)
    centred = covariance - covariance.mean(axis=0)
    trace = float(np.trace(centred))
    degrees = trace**2 / float(np.trace(centred @ centred)) if blocks > 1 else 0.0
    return float(covariance.sum()) / blocks, trace / max(1, blocks - 1), degrees


@cache
def _expected(blocks: int) -> Array:
    """The expected ratio for each autocorrelation of the grid; it rises with it."""
    centre = np.eye(blocks) - 1 / blocks
    neighbours = (np.eye(blocks, k=1) + np.eye(blocks, k=-1)) / 2
    found = []
    for one in _GRID:
        covariance = centre @ _covariance(blocks, float(one)) @ centre
        found.append(float(np.trace(neighbours @ covariance) / np.trace(covariance)))
    return np.array(found)


def _covariance(blocks: int, autocorrelation: float) -> Array:
    places = np.arange(blocks)
    return np.asarray(float(autocorrelation) ** np.abs(places[:, None] - places[None, :]))


@cache
def _orders(blocks: int, seed: int) -> NDArray[np.intp]:
    if blocks <= _ALL_ORDERS:
        return np.array(list(permutations(range(blocks))))
    rng = np.random.default_rng(seed)
    return np.array([np.arange(blocks), *(rng.permutation(blocks) for _ in range(ORDERS))])
