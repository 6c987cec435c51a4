"""Histograms agree with the reference package, merge without loss, and are read back from their logs."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from barewire.errors import RunError
from barewire.workloads.definition.metric import QUANTILES
from barewire.workloads.generator.histogram import (
    DIGITS,
    HIGHEST_NS,
    LOWEST_NS,
    Entry,
    Histogram,
    merged,
    read_log,
    write_log,
)
from tests.support.generator import ask

values = st.integers(0, 41).flatmap(lambda bit: st.integers(0, min(HIGHEST_NS, 1 << bit)))
pairs = st.lists(st.tuples(values, st.integers(1, 10**6)), min_size=1, max_size=50)
NOW = 1_767_225_600_123_456_789


def package(counts: list[tuple[int, int]]) -> HdrHistogram:
    histogram = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for value, count in counts:
        histogram.record_value(value, count)
    return histogram


def sample(seed: int, count: int = 20000) -> list[tuple[int, int]]:
    chosen = random.Random(seed)
    return [(round(chosen.lognormvariate(11, 1)), 1) for _ in range(count)]


@given(pairs, st.floats(0, 1, exclude_min=True))
def test_quantiles_are_those_of_the_package(counts: list[tuple[int, int]], quantile: float) -> None:
    ours, theirs = Histogram(counts), package(counts)
    for q in (*QUANTILES, quantile):
        assert ours.quantile(q) == theirs.get_value_at_percentile(q * 100) or near_a_rank(q, ours.count)
    assert ours.quantile(1) == theirs.get_max_value()
    assert_same(ours.hdr, theirs)


def assert_same(ours: HdrHistogram, theirs: HdrHistogram) -> None:
    assert np.array_equal(np.ctypeslib.as_array(ours.counts), np.ctypeslib.as_array(theirs.counts))
    assert (ours.total_count, ours.min_value, ours.max_value) == (
        theirs.total_count, theirs.min_value, theirs.max_value,
    )  # fmt: skip


@pytest.mark.parametrize("bit", range(64))
def test_values_around_every_power_of_two_are_in_their_bucket(bit: int) -> None:
    counts = [(value, 3) for value in ((1 << bit) - 2, (1 << bit) - 1, 1 << bit, (1 << bit) + 1) if value < 1 << 63]
    assert_same(Histogram(counts).hdr, package(counts))


def near_a_rank(quantile: float, count: int) -> bool:
    """Whether multiplying and dividing by 100, as the package does, can round to the next rank."""
    place = quantile * count + 0.5
    return abs(place - round(place)) < 1e-6 * max(1.0, place)


@settings(max_examples=30)  # the package takes 40 ms for one
@given(pairs)
def test_the_mean_is_that_of_the_package(counts: list[tuple[int, int]]) -> None:
    assert Histogram(counts).mean() == pytest.approx(package(counts).get_mean_value())


@given(st.lists(pairs, min_size=1, max_size=5))
def test_merged_histograms_are_one_big_histogram(parts: list[list[tuple[int, int]]]) -> None:
    whole = Histogram([pair for part in parts for pair in part])
    together = merged(Histogram(part) for part in parts)
    one, other = (np.ctypeslib.as_array(histogram.hdr.counts) for histogram in (together, whole))
    assert np.array_equal(one, other)
    assert together.summary() == whole.summary()


def test_a_summary_has_the_quantiles_by_number() -> None:
    summary = Histogram([(1000, 999), (2_000_000, 1)]).summary()
    quantiles = ["0.5", "0.95", "0.99", "0.995", "0.999", "0.9999", "0.99999"]
    assert list(summary) == ["count", "min", *quantiles, "max", "mean"]
    assert summary["count"] == 1000 and summary["0.999"] == 1000
    assert summary["0.9999"] == summary["max"] == pytest.approx(2_000_000, rel=1e-3)
    assert summary["0.9999"] >= 2_000_000


def test_an_empty_histogram_has_nothing_but_its_count() -> None:
    assert Histogram().summary() == {"count": 0}
    assert Histogram().quantile(0.5) == 0 and merged([]).count == 0


@pytest.mark.parametrize("start", [NOW, NOW - 1, NOW // 10**9 * 10**9, NOW // 10**6 * 10**6 + 999_999, 0])
def test_the_reader_of_the_package_reads_every_tagged_interval(tmp_path: Path, start: int) -> None:
    entries = [
        Entry(f"{kind}/50%/100", Histogram(sample(second)), start + second * 10**9, start + (second + 1) * 10**9)
        for second in range(3)
        for kind in ("latency", "service")
    ]
    path = tmp_path / "0001.hlog"
    write_log(path, entries)
    reader = HistogramLogReader(str(path), HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS))
    found = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        found.append((interval.get_tag(), list(interval.counts)))
    reader.close()
    assert found == [(entry.tag, list(entry.histogram.hdr.counts)) for entry in entries]
    for read, entry in zip(read_log(path), entries, strict=True):
        assert read.tag == entry.tag and read.histogram.summary() == entry.histogram.summary()
        # A log has microseconds, and a float holds the time of our age to a fraction of one.
        assert read.start_ns == pytest.approx(entry.start_ns, abs=2000)
        assert read.end_ns - read.start_ns == pytest.approx(10**9, abs=2000)


def test_blocks_read_from_logs_and_merged_are_one_big_histogram(tmp_path: Path) -> None:
    for block in range(4):
        write_log(tmp_path / f"{block}.hlog", [Entry("latency/http-max/100", Histogram(sample(block)), NOW, NOW + 1)])
    together = merged(entry.histogram for block in range(4) for entry in read_log(tmp_path / f"{block}.hlog"))
    whole = Histogram([pair for block in range(4) for pair in sample(block)])
    assert together.count == 80000 and together.summary() == whole.summary()


def test_a_log_without_intervals_is_read_as_none(tmp_path: Path) -> None:
    write_log(tmp_path / "empty.hlog", [])
    assert read_log(tmp_path / "empty.hlog") == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-40] + "\n", ""),
        (lambda text: text.replace("HIST", "TSIH"), ""),
        (lambda text: text + "Tag=latency/50%/100,17672", "1 of 2 intervals"),
        (lambda text: text + "what is this\n", "1 of 2 intervals"),
        (lambda text: "", "first line"),
        (lambda text: '{"schema": "barewire/trial/1"}\n', "first line"),
    ],
)
def test_a_damaged_log_is_refused_by_its_name(tmp_path: Path, damage: object, said: str) -> None:
    path = tmp_path / "0001.hlog"
    write_log(path, [Entry("latency/50%/100", Histogram(sample(1)), NOW, NOW + 10**9)])
    assert callable(damage)
    path.write_text(damage(path.read_text()))
    with pytest.raises(RunError) as caught:
        read_log(path)
    assert str(path) in str(caught.value) and said in str(caught.value)


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(text: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".hlog") as file:
        file.write(b"#[Histogram log format version 1.3]\n" + text)
        file.flush()
        try:
            read_log(Path(file.name))
        except RunError as error:
            assert file.name in str(error)


@settings(max_examples=40)  # the package takes 60 ms for one
@given(
    st.lists(st.lists(st.lists(values, max_size=30), min_size=1, max_size=3), min_size=1, max_size=4),
    st.integers(1, 40_000),
    st.floats(0, 1, exclude_min=True),
)
def test_what_the_generator_counts_is_what_the_package_reads(
    seconds: list[list[list[int]]], most: int, quantile: float
) -> None:
    """Buckets in C, by second and thread, taken down in slices; a log of the seconds; the package's reader; one big histogram."""
    entries = []
    for second, threads in enumerate(seconds):
        taken = [ask("histogram", most, *numbers)[:-1] for numbers in threads]
        parts = [Histogram(tuple(map(int, pair.split(":"))) for pair in pairs) for pairs in taken]  # type: ignore[misc]
        start = NOW + second * 10**9
        entries.append(Entry("latency/50%/100", merged(parts), start, start + 10**9))
    with tempfile.NamedTemporaryFile(suffix=".hlog") as file:
        write_log(Path(file.name), entries)
        reader = HistogramLogReader(file.name, HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS))
        read = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
        while (interval := reader.get_next_interval_histogram()) is not None:
            read.add(interval)
        reader.close()
    whole = package([(number, 1) for threads in seconds for numbers in threads for number in numbers])
    assert list(read.counts) == list(whole.counts)
    ours = merged(entry.histogram for entry in entries)
    assert ours.count == read.get_total_count() == sum(len(numbers) for threads in seconds for numbers in threads)
    for q in (*QUANTILES, quantile):
        assert read.get_value_at_percentile(q * 100) == whole.get_value_at_percentile(q * 100)
        assert ours.quantile(q) == whole.get_value_at_percentile(q * 100) or near_a_rank(q, ours.count)


def test_a_number_beyond_64_bits_is_refused() -> None:
    for pair in ((1 << 70, 1), (1, 1 << 70)):
        with pytest.raises(ValueError, match="64 bits"):
            Histogram([(1, 1), pair])
