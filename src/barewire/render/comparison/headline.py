"""The answer of a comparison in a sentence: what became of the median at half load, or of the instructions of a round trip.

It is about what the answer of a run is about (`results.answer`): without rates of the median of one request at a time, and
without latencies of what the runs have instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from barewire.results import BASELINE, words
from barewire.results.analysis import metrics_of
from barewire.results.answer import WITHOUT_LATENCY
from barewire.results.clock import resolution
from barewire.results.comparison.change import Change, Comparison
from barewire.results.comparison.chosen import answer_load, distance, is_instructions
from barewire.results.comparison.question import Question
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import LATENCY


def headline(comparison: Comparison) -> str:
    """The sentence."""
    found_question = answered_question(comparison)
    if found_question is None:
        if comparison.counted:
            return "The runs share no load whose instructions were counted."
        return "The runs share no load whose results can be compared."
    where, question = found_question
    networks = comparison.networks if comparison.counted else comparison.networks[1:]
    found = [change for name in networks if (change := comparison.change(_of(question, name)))]
    absent = [name for name in networks if name not in {change.question.network for change in found}]
    clauses = [_changed(change, comparison) for change in found if change.verdict in ("better", "worse")]
    same = [c.question.network for c in found if c.verdict == "equivalent"]
    unfound = [c.question.network for c in found if c.verdict == "no-difference-found"]
    hidden = [c.question.network for c in found if c.verdict == "inconclusive"]
    below = [c.question.network for c in found if c.verdict == "below-noise-floor"]
    exactly = [c.question.network for c in found if comparison.counted and _is_same(c)]
    alike = [name for name in same if name not in exactly]
    saturated = [c.question.network for c in found if c.verdict == "saturated"]
    apart = [c.question.network for c in found if c.verdict == "unlike-rates"]
    unknown = [c.question.network for c in found if c.verdict == "unsupported"]
    if exactly:
        to = (resolution(question.load.load) - 1) * 100
        clauses.append(f"{words.listing(exactly)} {_is(exactly)} the same to {to:.2g}{words.JOIN}%")
    if alike:
        clauses.append(f"{words.listing(alike)} {_is(alike)} equivalent to before")
    if unfound:
        clauses.append(f"no difference was found for {words.listing(unfound)}{_power(found, comparison)}")
    if below:
        clauses.append(f"for {words.listing(below)} the change is below the noise floor")
    if hidden:
        clauses.append(f"nothing can be concluded for {words.listing(hidden)}, the runs were too noisy")
    if saturated:
        clauses.append(f"{words.listing(saturated)} did not carry the rate, so latencies cannot be compared")
    if apart:
        clauses.append(
            f"{words.listing(apart)} {_is(apart)} not compared, because the rates were more than 5{words.JOIN}% apart"
        )
    if unknown:
        why = sorted({comparison.unsupported(_of(question, name)).split(" (")[0] for name in unknown} - {""})
        because = f" ({words.listing(why)})" if why else ""
        clauses.append(f"for {words.listing(unknown)} there are too few blocks or samples to decide{because}")
    if absent and clauses:
        clauses.append(f"{words.listing(absent)} {_is(absent)} not compared, because not every run has a value")
    if comparison.basis == "these-runs" and clauses:
        where = f"Of these two runs only: {where[:1].lower()}{where[1:]}"
    if clauses:
        return f"{where}, {'; '.join(clauses)}."
    if not networks:
        return "The runs share no network but the host."
    return f"{where}, nothing can be compared: {words.listing([*networks, 'the host'])} have no values in both runs."


def answered_question(comparison: Comparison) -> tuple[str, Question] | None:
    """What the sentence is about, of the host, and its first words; None where the runs share nothing of the kind."""
    if comparison.counted:
        return _instructions(comparison)
    return _median(comparison) or _without_latency(comparison)


def _median(comparison: Comparison) -> tuple[str, Question] | None:
    key = answer_load(comparison.loads)
    if key is None:
        sequential = (load for load in comparison.loads if load.workload.sequential)
        key = min(sequential, key=distance, default=None)
    if key is None:
        return None
    where = f"With {key.workload.phrase}"
    if key.workload.at_rate:
        of = "each network's own maximum rate" if shares.is_own(key.load) else "the maximum rate"
        where = f"At {shares.percent(key.load):.6g}{words.JOIN}% of {of}"
    return f"{where}, responses of {words.size(key.response_bytes)}", Question(BASELINE, key, LATENCY, 0.5)


def _without_latency(comparison: Comparison) -> tuple[str, Question] | None:
    found = [
        Question(BASELINE, load, metric, None)
        for load in comparison.loads
        for metric, _ in metrics_of(load)
        if metric.name in WITHOUT_LATENCY
    ]
    if not found:
        return None

    def place(one: Question) -> tuple[int, int, str]:
        return WITHOUT_LATENCY.index(one.metric.name), one.load.response_bytes or 0, one.load.load

    question = min(found, key=place)
    load = question.load
    about = [words.size(load.response_bytes)] if load.response_bytes else []
    about += [detail] if (detail := load.workload.remark(load.load)) else []
    return f"In {words.METRICS[question.metric.name]}" + (f" ({', '.join(about)})" if about else ""), question


def _instructions(comparison: Comparison) -> tuple[str, Question] | None:
    """TCP's round trip, or what comes nearest to it."""
    found = [
        Question(BASELINE, load, metric, quantile)
        for load in comparison.loads
        for metric, quantile in metrics_of(load)
        if is_instructions(metric)
    ]
    if not found:
        return None
    question = min(found, key=lambda one: distance(one.load))
    load = question.load
    size = f", {words.size(load.response_bytes)}" if load.response_bytes else ""
    return f"In instructions per {words.per(load.load)} ({words.share(load.load)}{size})", question


def _of(question: Question, network: str) -> Question:
    return Question(network, question.load, question.metric, question.quantile)


def _changed(change: Change, comparison: Comparison) -> str:
    ratio = change.absolute if comparison.counted else change.ratio
    assert ratio is not None
    verb = "grew" if ratio.ratio > 1 else "shrank"
    digits = words.digits(counted=comparison.counted)
    by = f"{words.overhead(ratio.ratio, digits)} [{words.interval(ratio.low, ratio.high, digits)}]"
    if comparison.counted:
        return f"{change.question.network} {verb}: {by}"
    if change.question.metric is not LATENCY:
        return f"{change.question.network} against the host {'rose' if ratio.ratio > 1 else 'fell'}: {by}"
    return f"the overhead of {change.question.network} at the median {verb}: {by}"


def _power(found: Sequence[Change], comparison: Comparison) -> str:
    """What would have been found, of those in which nothing was."""
    known = [c.detectable for c in found if c.verdict == "no-difference-found" and c.detectable]
    if not known:
        return ""
    return f" (a change of {words.floor(max(known), words.digits(counted=comparison.counted))} mostly would have been)"


def _is_same(change: Change) -> bool:
    """Whether nothing is left of a change that this clock could show."""
    found = change.absolute
    if change.verdict in ("better", "worse") or found is None or found.low is None or found.high is None:
        return False
    resolved = resolution(change.question.load.load)
    return found.low >= 1 / resolved and found.high <= resolved


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
