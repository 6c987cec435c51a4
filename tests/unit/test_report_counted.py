"""A run of a counted clock says so in every format and beside every heading, and never speaks of it as of wall time."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pyperf
import pytest
from rich.cells import cell_len
from rich.console import Console

from barewire import render, schemas
from barewire.render.run import counted, overhead
from barewire.render.run.data import load
from barewire.results import words
from tests.support import counted as counted_runs
from tests.support import synthetic, synthetic_counted
from tests.unit.test_report_html import Page

NOT_OF_A_COUNTED_CLOCK = re.compile(r"noise floor|wall clock|other users|steal time shows|\bnoisy\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_counted.write_run(tmp_path_factory.mktemp("counted") / "run")


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("wall") / "run", {"flannel/vxlan": 1.6}, blocks=2, requests=300)


TEXTS = sorted(set(render.names()) - {"png"})


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    text = render.render(run, "html")
    assert isinstance(text, str)
    return Page(text)


def shown(run: Path, width: int, *, full: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    render.show(run, console, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def plain(text: str) -> str:
    return " ".join(text.split())


def content(run: Path, name: str) -> str:
    rendered = render.render(run, name)
    files = rendered.values() if isinstance(rendered, Mapping) else [rendered]
    found = [render.encoded(one) for one in files]
    return "\n".join((gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one).decode() for one in found)


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_says_that_its_clock_counted(run: Path, name: str) -> None:
    assert "counted" in content(run, name)


@pytest.mark.parametrize("name", TEXTS)
def test_a_wall_clock_run_has_no_word_of_counting_in_any_format(wall: Path, name: str) -> None:
    text = Page(content(wall, name)).words if name == "html" else content(wall, name)
    assert "counted clock" not in text and "(counted)" not in text and "virtual time" not in text


def test_the_banner_is_read_before_any_number(run: Path, page: Page) -> None:
    for text in (plain(shown(run, 100)), page.words[page.words.index("Repeat it") :], plain(content(run, "markdown"))):
        before = text[: text.index("31 600 instr")]
        for phrase in ("virtual", "caches", "network cards", "DMA", "contention", "does not replace"):
            assert phrase in before


def test_the_answer_is_instructions_with_intervals(run: Path) -> None:
    text = plain(shown(run, 100))
    assert "the host takes 31 600 instructions per round trip; ipvlan/l2 costs +4.0 % [+3.6…+4.4 %]" in text
    assert "Intervals are those of the mean over 8 layouts" in text
    assert "chance" in text, "the same layout again differs as much as another one"
    assert "host+direct is equivalent to the host" in text


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_of_a_counted_report_is_wider_than_the_terminal(run: Path, width: int, full: bool) -> None:
    *body, _path, _end = shown(run, width, full=full).split("\n")
    assert max(cell_len(line) for line in body) <= width
    assert not [line for line in body for word in line.split() if word.endswith("…")]


def test_each_load_says_what_its_instructions_are_for(run: Path) -> None:
    text = plain(shown(run, 120))
    assert "per round trip per round trip per connection per byte per packet" in text
    assert "31 600 instr 22 150 instr 141 220 instr 0.431 instr 7 912 instr" in text


@pytest.mark.parametrize("name", ["text", "all", "markdown", "html"])
def test_no_word_of_the_wall_clock_is_in_counted_reports(run: Path, name: str) -> None:
    text = Page(content(run, name)).words if name == "html" else content(run, name)
    assert not NOT_OF_A_COUNTED_CLOCK.search(text)


def test_the_hash_of_the_counts_is_shown(run: Path, page: Page) -> None:
    assert synthetic_counted.HASH in shown(run, 100)
    assert synthetic_counted.HASH in page.words
    assert synthetic_counted.HASH in content(run, "openmetrics")
    assert json.loads(content(run, "pyperf"))["metadata"]["counted_hash"] == synthetic_counted.HASH


def test_every_section_of_the_page_is_marked(page: Page, run: Path) -> None:
    headings = sum(tag == "h2" for tag, _ in page.elements)
    marks = sum(tag == "span" and at.get("class") == "clock" for tag, at in page.elements)
    assert headings >= 8
    assert marks == headings + 1  # and the title's


def test_the_page_names_kernel_emulator_and_cpu_model(page: Page) -> None:
    for phrase in ("Linux 6.12.48", "QEMU 7.2.22", "tcg", "Nehalem"):
        assert phrase in page.words


def test_no_page_puts_virtual_time_beside_the_2016_study(page: Page) -> None:
    assert "2016" not in page.words.replace("2016 setting", "")


def test_the_page_has_a_figure_for_each_thing_that_was_counted(run: Path, page: Page) -> None:
    assert {f"instructions-{i}" for i in range(len(synthetic_counted.HOST))} <= {
        at.get("id") for _, at in page.elements
    }


def test_networks_stand_by_their_instructions(run: Path) -> None:
    names = [network.name for network in overhead.ranked(load(run))]
    assert names == sorted(names, key=lambda name: synthetic_counted.RATIOS[name])


def test_series_of_two_clocks_have_two_names(run: Path) -> None:
    assert all(name.endswith("(counted)") for name in json.loads(content(run, "bmf")))
    entries = json.loads(render.render(run, "github-action-benchmark")["smaller-is-better.json"])  # type: ignore[call-overload,index]
    assert all(entry["name"].endswith("(counted)") for entry in entries)
    samples = [line for line in content(run, "openmetrics").splitlines() if not line.startswith("#")]
    assert samples and all('clock="counted"' in line for line in samples)


def test_a_counted_run_without_a_summary_is_known_by_its_plan(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "summary.json").unlink()
    assert counted.banner(load(copy))


@pytest.mark.parametrize(
    ("load_name", "what"),
    [("tcp-rr", "round trip"), ("http-rr", "round trip"), ("tcp-crr", "connection"), ("http-crr", "connection"),
     ("tcp-stream-1", "byte"), ("udp-stream", "packet"), ("50%", "request"), ("http-max", "request")],
)  # fmt: skip
def test_what_instructions_are_counted_for_follows_from_the_load(load_name: str, what: str) -> None:
    assert words.instructions(1234.4, load_name) == f"1{words.JOIN}234{words.JOIN}instructions per {what}"


@pytest.mark.parametrize("name", ["run", "summary"])
def test_the_run_of_these_tests_is_of_the_published_format(run: Path, name: str) -> None:
    document = json.loads((run / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schemas.schema(name)).validate(document)


def test_first_tables_leave_out_percentiles_without_overhead(run: Path, page: Page) -> None:
    glance = page.words[page.words.index("At a glance") : page.words.index("best worst of its column")]
    assert "latency p50" in glance and "unsupported" not in glance


def test_pyperf_reads_instructions_as_integers_one_a_trial(tmp_path: Path) -> None:
    path = counted_runs.write_run(tmp_path / "run", {"host": 31_600.0, "ptp": 40_000.0}, blocks=2, summary=True)
    suite = pyperf.BenchmarkSuite.loads(content(path, "pyperf"))
    found = suite.get_benchmark("ptp tcp-rr 64B instructions per round trip (counted)")
    assert found.get_unit() == "integer"
    assert found.get_nvalue() == 2 and 39_000 < found.mean() < 41_000


@pytest.mark.parametrize(
    ("acceleration", "said"), [("tcg", "whose CPU is emulated"), ("kvm", "what virtualization costs")]
)
def test_a_vm_by_the_wall_clock_is_named_among_the_limits(
    wall: Path, tmp_path: Path, acceleration: str, said: str
) -> None:
    copy = Path(shutil.copytree(wall, tmp_path / "run"))
    record = json.loads((copy / "run.json").read_text())
    vm = {**synthetic_counted.VM, "clock": "wall", "acceleration": acceleration}
    record["environment"] |= {"testbed": "vm", "vm": vm}
    (copy / "run.json").write_text(json.dumps(record))
    words_of = Page(content(copy, "html")).words
    assert said in words_of and f"QEMU 7.2.22, {acceleration}, CPU model Nehalem" in words_of
    assert "counted clock" not in words_of
    assert f"In a VM (QEMU 7.2.22, {acceleration}" in plain(content(copy, "text"))
