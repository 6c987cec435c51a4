"""Histograms for other programs, read by them: HdrHistogram's Python package, flent, and Fortio's fields.

The readers that are not in Python (HdrHistogram's own in Java, Fortio's and Prometheus' in Go) are in benchmarks/readers.py.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from barewire import render
from barewire.errors import RunError
from barewire.render.run import labels
from barewire.render.run.data import load
from barewire.render.run.formats import fortio, hgrm
from barewire.render.run.formats.hlog import tag_of
from barewire.workloads.generator.histogram import DIGITS, HIGHEST_NS, LOWEST_NS, Histogram
from tests.support import foreign, synthetic

RATIOS = {"flannel/vxlan": 1.6, "host+direct": 1.0}
counts = st.lists(st.tuples(st.integers(1, 10**10), st.integers(1, 10**4)), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("histograms") / "run", RATIOS, blocks=2, requests=2500)


def files_of(run: Path, name: str) -> Mapping[str, str | bytes]:
    files = render.render(run, name)
    assert isinstance(files, Mapping)
    return files


def value_of(run: Path, quantile: float) -> float:
    cell = load(run).cell("flannel/vxlan", "50%", "latency", 100, quantile)
    assert cell is not None and cell.value is not None
    return cell.value


def test_the_reference_reader_finds_a_merged_histogram_per_tag(run: Path, tmp_path: Path) -> None:
    log = tmp_path / "run.hlog"
    render.write(render.render(run, "hlog"), log)
    reader = HistogramLogReader(str(log), HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS))
    found = {}
    while (interval := reader.get_next_interval_histogram()) is not None:
        assert interval.get_tag() not in found
        found[interval.get_tag()] = interval
    reader.close()
    merged = found["latency/50%/100/flannel/vxlan"]
    assert merged.get_total_count() == 2 * 2500
    assert merged.get_value_at_percentile(50) == value_of(run, 0.5)
    assert merged.get_value_at_percentile(99) == value_of(run, 0.99)
    kinds = {tag.split("/")[0] for tag in found}
    assert {"latency", "service", "lag", "connect"} <= kinds


@given(foreign.odd_names, foreign.odd_names)
def test_a_tag_ends_no_line_and_no_field_and_names_stay_apart(one: str, other: str) -> None:
    assert re.fullmatch(r"[\x21-\x7e]*", tag_of(one)) and "," not in tag_of(one)
    assert (tag_of(one) == tag_of(other)) == (one == other)


@settings(max_examples=50, deadline=None)
@given(counts)
def test_percentile_text_agrees_with_the_histogram_that_it_is_of(pairs: list[tuple[int, int]]) -> None:
    histogram = Histogram(pairs)
    lines = hgrm.percentiles(histogram).splitlines()
    assert lines[:2] == ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
    rows = [line.split() for line in lines[2:-3]]
    assert [len(row) for row in rows] == [4] * (len(rows) - 1) + [3]
    assert rows[-1][1:] == ["1.000000000000", str(histogram.count)]
    for value, share, count, *_ in rows:
        rank = histogram.count * float(share)
        assert int(count) >= rank - 1e-6 * histogram.count
        assert float(value) == pytest.approx(histogram.quantile(int(count) / histogram.count) / 1000, abs=0.0005)


def test_percentile_text_ends_as_the_package_ends_it() -> None:
    histogram = Histogram([(26_123, 5), (41_000, 900), (9_876_543, 1)])
    assert hgrm.percentiles(histogram).splitlines()[-3:] == footer(histogram)


def footer(histogram: Histogram) -> list[str]:
    """What the package prints, but for its standard deviation, which it forgets to scale, and a word."""
    text = io.BytesIO()
    histogram.hdr.output_percentile_distribution(text, 1000)
    mean, largest, buckets = text.getvalue().decode().splitlines()[-3:]
    deviation = histogram.hdr.get_stddev() / 1000
    mean = f"{mean.split(',')[0]}, StdDeviation   = {deviation:12.3f}]"
    largest = f"{largest.split(',')[0]}, Total count    = {histogram.count:12d}]"
    return [mean, largest, buckets]


def test_percentile_files_are_named_with_their_unit_and_listed(run: Path) -> None:
    files = files_of(run, "hgrm")
    text = files["flannel_vxlan-50pct-100B-us.hgrm"]
    assert isinstance(text, str)
    median = next(line for line in text.splitlines() if " 0.500000000000 " in line)
    assert float(median.split()[0]) == pytest.approx(value_of(run, 0.5) / 1000, abs=0.0005)
    about = files["about.txt"]
    assert isinstance(about, str)
    assert "flannel_vxlan-50pct-100B-us.hgrm\tflannel/vxlan 50% 100B" in about
    assert "microseconds (recorded nanoseconds / 1000)" in about
    assert "ipvlan/l2: the kernel has no link kind ipvlan" in about


@settings(max_examples=30, deadline=None)
@given(counts)
def test_fortios_buckets_add_up_and_follow_each_other(pairs: list[tuple[int, int]]) -> None:
    histogram = Histogram(pairs)
    made: Any = fortio.duration_histogram(histogram)
    data = made["Data"]
    assert sum(bucket["Count"] for bucket in data) == made["Count"] == histogram.count
    assert (data[0]["Start"], data[-1]["End"], data[-1]["Percent"]) == (made["Min"], made["Max"], 100)
    ends = [edge for bucket in data for edge in (bucket["Start"], bucket["End"])]
    assert ends == sorted(ends)
    assert made["Avg"] == pytest.approx(histogram.mean() / 1e9, rel=2e-3)
    assert len(data) <= 24 * 13


def test_fortio_has_seconds_and_the_rate_that_was_offered(run: Path) -> None:
    text = files_of(run, "fortio")["flannel_vxlan-50pct-100B.json"]
    result = json.loads(text)
    assert (result["Labels"], result["RequestedQPS"], result["NumThreads"]) == ("flannel/vxlan 50% 100B", "40000", 64)
    percentiles = {entry["Percentile"]: entry["Value"] for entry in result["DurationHistogram"]["Percentiles"]}
    assert percentiles[99] == pytest.approx(value_of(run, 0.99) / 1e9)
    assert 99.9 not in percentiles  # 5,000 requests do not support it
    assert result["RetCodes"] == {"200": 5000}


def test_flent_reads_its_files_and_sums_them_up(run: Path, tmp_path: Path) -> None:
    render.write(render.render(run, "flent"), tmp_path / "flent")
    file = tmp_path / "flent" / "flannel_vxlan-50pct-100B.flent.gz"
    text = flent("summary", file)
    assert "Title: 'flannel/vxlan 50% 100B'" in text
    document = json.loads(gzip.decompress(file.read_bytes()))
    mean = document["metadata"]["SERIES_META"]["HTTP latency"]["MEAN_VALUE"]
    assert re.search(rf"HTTP latency +: +{mean:.2f} .* ms", text)
    assert mean == pytest.approx(value_of(run, 0.5) / 1e6, rel=0.2)
    header, *rows = (
        line for line in flent("csv", file).splitlines() if line[:1].isdecimal() or line.startswith("http")
    )
    assert set(header.split(",")) == {"http", *(f"HTTP latency{end}" for end in ("", " p50", " p99", " max"))}
    # A second in each of two blocks.
    assert [row.strip(",").count(",") for row in rows] == [4, 4]


def flent(format: str, file: Path) -> str:
    command = [str(Path(sys.executable).with_name("flent")), "-f", format, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=file.parent)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_flent_files_are_the_same_bytes_each_time(run: Path) -> None:
    assert files_of(run, "flent") == files_of(run, "flent")


@pytest.mark.parametrize("name", ["hlog", "hgrm", "fortio", "flent"])
def test_a_log_that_is_missing_is_named_and_not_left_out(run: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "histograms" / "0001.hlog").unlink()
    with pytest.raises(RunError, match=r"histograms of trial 1 are missing.*0001\.hlog"):
        render.render(copy, name)


@pytest.mark.parametrize("lines", [2, 4])
@pytest.mark.parametrize("name", ["hlog", "hgrm", "fortio", "flent"])
def test_a_log_that_was_cut_between_lines_is_not_taken_for_whole(
    run: Path, tmp_path: Path, name: str, lines: int
) -> None:
    """It is a log like any other, with fewer samples than the trial counted."""
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    log = copy / "histograms" / "0001.hlog"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:lines]))
    with pytest.raises(
        RunError, match=r"histograms of trial 1 are not whole.*0001\.hlog.* of [0-9]+ samples of latency"
    ):
        render.render(copy, name)


@given(st.lists(foreign.odd_names, max_size=20, unique=True))
def test_file_names_are_plain_and_no_two_alike(names: list[str]) -> None:
    files = labels.file_names(((name, name) for name in names), ".json")
    assert len({file.lower() for file in files.values()}) == len(names)
    for file in files.values():
        assert re.fullmatch(r"[A-Za-z0-9_+=][A-Za-z0-9.+=_-]*\.json", file) and len(file) < 200
