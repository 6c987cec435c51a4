"""The intended times of a load, computed a second time and from the published algorithms alone.

splitmix64 (Steele, Lea, Flood 2014) fills the state of xoshiro256++ (Blackman, Vigna 2019); 53 of its bits are a number in
(0, 1], whose logarithm is the gap. Whole numbers and fractions of Python, where the generator has 64 bits and doubles.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count, takewhile
from math import log

_ALL = (1 << 64) - 1
_BETWEEN_THREADS = 0xD1342543DE82EF95
SECOND_NS = 10**9


def split(state: int) -> Iterator[int]:
    """splitmix64."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _ALL
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _ALL
        yield z ^ (z >> 31)


def xoshiro(a: int, b: int, c: int, d: int) -> Iterator[int]:
    """xoshiro256++."""
    while True:
        yield (_rotated((a + d) & _ALL, 23) + a) & _ALL
        a, b, c, d = a ^ b ^ d, a ^ b ^ c, a ^ c ^ ((b << 17) & _ALL), _rotated(b ^ d, 45)


def _rotated(x: int, k: int) -> int:
    return ((x << k) | (x >> (64 - k))) & _ALL


def even(rate: float, thread: int = 0, threads: int = 1) -> Iterator[int]:
    """Of a thread, in ns from the start."""
    return (int(Fraction(number) * SECOND_NS / Fraction(rate)) for number in count(thread, threads))


def poisson(rate: float, seed: int, thread: int = 0, threads: int = 1) -> Iterator[int]:
    """Of a thread, in ns from the start."""
    words = split(seed ^ ((thread * _BETWEEN_THREADS) & _ALL))
    at = 0.0
    for word in xoshiro(*(next(words) for _ in range(4))):
        at += -log(((word >> 11) + 1) / (1 << 53)) * 1e9 / rate * threads
        yield int(at)


def times(arrivals: str, rate: float, seed: int, seconds: float, thread: int = 0, threads: int = 1) -> list[int]:
    """All of a thread within `seconds`."""
    found = even(rate, thread, threads) if arrivals == "even" else poisson(rate, seed, thread, threads)
    return list(takewhile(lambda at: at < seconds * SECOND_NS, found))
