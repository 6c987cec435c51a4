"""What people write after `--gate`, and what it means.

    NETWORK [LOAD] METRIC [overhead] [at LOAD] [SIZE] <= N%

    flannel/vxlan p99 <= 5%                 its overhead at p99 did not grow by more than 5 % from one run to the next
    vxlan rate at max 4KiB <= 3%            its maximum request rate, against the host's, did not shrink by more than 3 %
    flannel/vxlan p99 overhead at 50% <= 80%    in one run: its p99 is at most 80 % above the host's
    vxlan tcp-rr instructions <= 1%         in counted runs: a round trip of TCP did not grow by more than 1 % of its instructions

A network may be named by what comes after its brand's slash, if only one has it. Without a load it is the one that a
report's answer is about: the smallest answers at 50 % of the host's maximum rate, or the nearest to it; without rates,
TCP's round trip. A load may stand before its metric or after `at`, whichever reads better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite

from barewire.errors import UsageError
from barewire.results.precision.targets import QUANTILES
from barewire.workloads.definition import metric as metrics

FORM = 'a gate is NETWORK [LOAD] METRIC [overhead] [at LOAD] [SIZE] <= N%, like "flannel/vxlan p99 <= 5%"'
METRICS = {one.word: one.name for one in metrics.METRICS.values() if one.word}
"""Metrics without quantiles, by the word for them."""

_SIZE = re.compile(r"([0-9]{1,9})(B|KiB|MiB)?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kib": 1024, "mib": 1024**2}
_LIMIT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%")
_LARGEST = 10_000.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate as written, taken apart. `limit` is the share that may be lost, 0.05 for 5 %; `overhead` asks one run alone."""

    text: str
    network: str
    metric: str
    quantile: float | None
    overhead: bool
    load: str | None
    response_bytes: int | None
    limit: float

    def asks(self, metric: str, quantile: float | None) -> bool:
        """Whether this is the metric that the gate is about."""
        return (metric, quantile) == (self.metric, self.quantile)

    @property
    def bound(self) -> float:
        """The ratio that must not be passed: from below where more is better, else from above."""
        return 1 - self.limit if self.higher_is_better else 1 + self.limit

    @property
    def higher_is_better(self) -> bool:
        return self.metric in metrics.HIGHER_IS_BETTER


def parse(text: str) -> Gate:
    """A gate; `UsageError` with the form of one, and the word that may have been meant."""
    left, sign, right = text.replace("≤", "<=").partition("<=")
    words = left.split()
    if not sign or len(words) < 2:
        raise _wrong(text, "it has no <=" if not sign else "it lacks a network or a metric")
    before = len(words) > 2 and words[1] != "at" and _is_metric(words[2])
    load = words.pop(1) if before else None
    network, word, *rest = words
    metric, quantile = _metric(text, word)
    overhead = bool(rest) and rest[0] in ("overhead", "loss")  # "loss" until 0.2
    rest = rest[overhead:]
    if rest and rest[0] == "at":
        if load is not None:
            raise _wrong(text, f"it names two loads, {load!r} and the one after at")
        if len(rest) < 2:
            raise _wrong(text, "after at there is no load")
        load, rest = rest[1], rest[2:]
    size = None
    if rest and (match := _SIZE.fullmatch("".join(rest))):
        size, rest = int(match[1]) * _UNITS[(match[2] or "").lower()], []
    if rest:
        raise _wrong(text, f"{rest[0]!r} is not understood", _near(rest[0], ("overhead", "at")))
    return Gate(text, network, metric, quantile, overhead, load, size, _limit(text, right.strip(), metric))


def network_of(name: str, known: Sequence[str]) -> str:
    """A network by its name, or by what comes after the slash of one; `UsageError` with the nearest name."""
    if name in known:
        return name
    found = [one for one in known if one.rpartition("/")[2] == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"the gate's network {name!r} may be {' or '.join(found)}", remedy="Write its whole name")
    near = _near(name, known) or _near(name, [one.rpartition("/")[2] for one in known])
    hint = f"Did you mean {near}?" if near else f"Networks of these runs: {', '.join(known)}"
    raise UsageError(f"no run has the gate's network {name!r}", remedy=hint)


def _is_metric(word: str) -> bool:
    return word in QUANTILES or word in METRICS


def _metric(text: str, word: str) -> tuple[str, float | None]:
    if word in QUANTILES:
        return "latency", QUANTILES[word]
    if word in METRICS:
        return METRICS[word], None
    raise _wrong(text, f"{word!r} is not a metric", _near(word, (*METRICS, *QUANTILES)))


def _limit(text: str, written: str, metric: str) -> float:
    match = _LIMIT.fullmatch(written)
    if match is None:
        raise _wrong(text, f"{written!r} is not a limit like 5%")
    percent = float(match[1])
    if not isfinite(percent) or percent > _LARGEST:
        raise _wrong(text, f"a limit above {_LARGEST:.0f} % lets everything pass")
    if metric in metrics.HIGHER_IS_BETTER and percent >= 100:
        raise _wrong(text, "no rate can fall by 100 % or more")
    return percent / 100


def _near(word: str, among: Sequence[str]) -> str:
    return next(iter(get_close_matches(word, among, n=1, cutoff=0.5)), "")


def _wrong(text: str, why: str, near: str = "") -> UsageError:
    metrics = ", ".join((*QUANTILES, *METRICS))
    meant = f"Did you mean {near}? " if near else ""
    return UsageError(
        f"the gate {text!r} cannot be read", said=why, remedy=f"{meant}{FORM[0].upper()}{FORM[1:]}; metrics: {metrics}"
    )
