"""The page: self-contained, escaped, complete with what there is, and honest about what there is not."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import tomllib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from barewire import render
from barewire.networks import catalogue
from barewire.render.html import frame
from barewire.render.run.data import load
from barewire.render.run.page.page import page
from barewire.results import words
from barewire.study.design.plan import StudyPlan
from tests.support import synthetic

RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
LIMIT_BYTES = 1_500_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "run"
    return synthetic.write_run(path, RATIOS, blocks=3, requests=2500, loads=("30%", "50%"))


@pytest.fixture(scope="module")
def text(whole: Path) -> str:
    return html_of(whole)


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def html_of(run: Path) -> str:
    rendered = render.render(run, "html")
    assert isinstance(rendered, str)
    return rendered


def change(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit every JSON document (line) of a file."""
    lines = file.read_text().split("\n") if file.suffix == ".ndjson" else [file.read_text()]
    documents = [json.loads(line) for line in lines if line]
    for document in documents:
        edit(document)
    file.write_text("".join(json.dumps(document) + "\n" for document in documents))


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, scripts, and the text outside of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.said: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, before = self.scripts[-1]
            self.scripts[-1] = (attributes, before + data)
        elif self._inside != "style":
            self.said.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.said).split())


def drawings(text: str) -> dict[str, list[ElementTree.Element]]:
    """The drawings of each figure by its id: the one for a desk and the one for a telephone."""
    found = {}
    for part in text.split('<div class="plot" id="')[1:]:
        figure = part.partition('"')[0]
        svgs = re.findall(r"<svg xmlns=.*?</svg>", part.partition("</figure>")[0], re.DOTALL)
        found[figure] = [ElementTree.fromstring(svg) for svg in (*svgs, frame.stored(text)["narrow"][figure])]
    return found


def test_the_page_of_all_networks_is_below_its_limit(tmp_path: Path) -> None:
    names = {name: 1 + i / 10 for i, name in enumerate(s.name for s in catalogue.presets() if s.name != "host")}
    plan = StudyPlan(networks=("host", *names), seed=1)
    run = synthetic.write_run(
        tmp_path / "run", names, 2, loads=plan.loads, sizes=plan.sizes, requests=1500, unavailable=None, rejected=False
    )
    assert len(html_of(run).encode()) < LIMIT_BYTES


def test_each_cell_and_mark_has_what_pointing_at_it_shows(text: str) -> None:
    said = frame.stored(text)["said"]
    pointed_at = [at for _, at in Page(text).elements if "data-more" in at]
    assert len(said) == len(pointed_at) > 200 and {at["data-more"] for at in pointed_at} == {""}
    assert all(said) and sum("95 % interval" in one for one in said) > 50
    wide, narrow = ([one.tag for one in svg.iter() if "data-more" in one.attrib] for svg in drawings(text)["overhead"])
    assert wide == narrow


def test_it_loads_nothing(text: str) -> None:
    found = Page(text)
    loading = {"src", "srcset", "action", "data", "poster"}
    assert not [(tag, at) for tag, at in found.elements if loading & set(at)]
    assert not [at for tag, at in found.elements if tag == "link" and not (at["href"] or "").startswith("data:")]
    assert not [at for tag, at in found.elements if tag == "a" and not (at["href"] or "").startswith("#")]


def test_its_policy_allows_exactly_its_script_and_no_connection(text: str) -> None:
    found = Page(text)
    policy = next(
        at["content"] or "" for tag, at in found.elements if at.get("http-equiv") == "Content-Security-Policy"
    )
    executed = [body for at, body in found.scripts if at.get("type") != "text/plain"]
    hashes = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in executed]
    assert len(hashes) == 1
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy and "unsafe-eval" not in policy


def test_every_figure_has_two_drawings_with_words_and_numbers(text: str) -> None:
    found = drawings(text)
    assert len(found) > 8
    for name, (wide, narrow) in found.items():
        assert float(wide.attrib["width"]) > 440 > float(narrow.attrib["width"])
        assert wide.attrib["aria-label"]
        assert frame.stored(text)["csv"][name].count("\r\n") > 1


def test_no_drawing_reaches_beyond_its_box(text: str) -> None:
    for figure, svgs in drawings(text).items():
        for svg in svgs:
            width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
            for element in svg.iter():
                for name, value in element.attrib.items():
                    if name in ("x", "x1", "x2", "cx"):
                        assert -1 <= float(value) <= width + 1, (figure, element.attrib)
                    if name in ("y", "y1", "y2", "cy"):
                        assert -1 <= float(value) <= height + 1, (figure, element.attrib)


def test_the_first_figure_ranks_networks_and_has_each_interval(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(frame.stored(text)["csv"]["overhead"])))
    assert [row["network"] for row in rows] == ["host", "host+direct", "flannel/host-gw", "flannel/vxlan"]
    wide = drawings(text)["overhead"][0]
    said = [element.text or "" for element in wide.iter() if element.tag.endswith("text")]
    for row in rows[1:]:
        assert float(row["ratio_low"]) < float(row["ratio"]) < float(row["ratio_high"])
        bounds = words.interval(float(row["ratio_low"]), float(row["ratio_high"]))
        assert any(words.overhead(float(row["ratio"])) in one and bounds in one for one in said), row


def test_the_first_figure_is_before_all_tables_and_drops(text: str) -> None:
    figure, table = text.index('<div class="plot" id="overhead"'), text.index('<table class="losses"')
    assert figure < table < text.index("Packets were dropped while latencies were measured")


def test_its_title_names_machine_kernel_and_day(text: str) -> None:
    title = "Container network overhead · Example CPU 3.0 GHz · Linux 6.12.0-1-amd64 · 2026-01-01 (UTC)"
    assert f"<title>{title}</title>" in text
    assert f'<h1 id="title">{title}' in text


def test_logarithmic_axes_say_that_they_are(text: str) -> None:
    for figure, svgs in drawings(text).items():
        said = [element.text or "" for element in svgs[0].iter() if element.tag.endswith("text")]
        expected = {"overhead": 1, "percentiles": 2, "intervals": 1, "rate": 1, "study": 1}.get(
            figure.partition("-")[0], 0
        )
        assert sum("(log scale)" in one for one in said) == expected, figure


def test_the_study_of_2016_is_folded(text: str) -> None:
    section = text.partition('<section id="study-2016">')[2].partition("</section>")[0]
    assert '<details class="folded">' in section and "retransmission timer" in section.partition("<details")[2]


def test_the_table_is_copied_as_the_markdown_format_writes_it(whole: Path, text: str) -> None:
    assert frame.stored(text)["text"]["glance"] == render.render(whole, "markdown")


def test_the_colours_that_figures_use_are_in_both_themes(text: str) -> None:
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    light, _, dark = style[1].partition("prefers-color-scheme: dark")
    for name in set(re.findall(r"var\((--(?:series|mark|heat|host|bar|band|grid|line|ink|card)[a-z0-9-]*)\)", text)):
        assert f"{name}:" in light and f"{name}:" in dark, name


def test_ids_are_unique_and_the_contents_lead_somewhere(text: str) -> None:
    elements = Page(text).elements
    ids = [at["id"] for _, at in elements if at.get("id")]
    assert len(ids) == len(set(ids))
    assert {(at["href"] or "")[1:] for tag, at in elements if tag == "a"} <= set(ids)


def test_it_says_the_answer_the_gaps_and_the_command(text: str) -> None:
    said = Page(text).words
    for expected in (
        "flannel/host-gw costs +",
        "the kernel has no link kind ipvlan",
        "Load the module (modprobe ipvlan)",
        "Noise floor",
        "What this place and clock cannot show",
        "steal time",
        "the hypervisor kept 11.0% of the CPU time back",
        "barewire study --seed 1",
        "Beside the 2016 study",
        "retransmission timer",
        "Example CPU 3.0 GHz",
        "UDP 8472",
    ):
        assert expected in said, expected


def test_overhead_tables_have_all_networks_and_percentiles(whole: Path) -> None:
    tables = page(load(whole)).tables
    assert len(tables) == 5  # two rates; half of each one’s own; one request at a time by TCP and by UDP
    assert "own maximum" in tables[2].title
    for table in tables:
        assert list(table.titles) == ["p50", "p95", "p99", "p99.5", "p99.9", "p99.99", "p99.999", "max"]
        assert [row.network for row in table.rows] == ["host", "host+direct", "flannel/host-gw", "flannel/vxlan"]


def test_the_plan_on_the_page_is_toml_that_reads_back(whole: Path) -> None:
    data = load(whole)
    assert tomllib.loads(page(data).plan) == {k: v for k, v in data.run.plan.items() if v is not None}


def test_hostile_words_are_words_and_nothing_else(run: Path) -> None:
    old = "flannel/vxlan"

    def edit(document: dict[str, Any]) -> None:
        for network in document.get("networks", []):
            network["name"] = HOSTILE if network["name"] == old else network["name"]
            network["reason"] = network["remedy"] = HOSTILE
            if "setup" in network:
                network["setup"] |= {
                    "privileges": HOSTILE,
                    "kernel": [HOSTILE],
                    "l2": HOSTILE,
                    "objects_by_kind": {HOSTILE: 1},
                }
        if "environment" in document:
            document |= {
                "environment": {HOSTILE: HOSTILE, "cpu": {"model": HOSTILE}},
                "command": HOSTILE,
                "created": HOSTILE,
            }
            document["plan"][HOSTILE] = HOSTILE
        for cell in document.get("cells", []):
            cell["network"] = HOSTILE if cell["network"] == old else cell["network"]
        if document.get("network") == old:
            document["network"] = HOSTILE
        if document.get("rejected") and isinstance(document["rejected"], list):
            document["rejected"] = [{"rule": HOSTILE, "detail": HOSTILE}]
        if document.get("proof"):
            document["proof"]["claims"] = [{"claim": HOSTILE, "seen": HOSTILE, "holds": False}]
            for hop in document["proof"]["path"]["forward"]:
                hop |= {"dev": HOSTILE, "kind": HOSTILE, "direction": HOSTILE}
        if document.get("pinning"):
            document["pinning"] = {HOSTILE: [0]}

    for name in ("run.json", "summary.json", "trials.ndjson"):
        change(run / name, edit)
    text = html_of(run)
    found = Page(text)
    assert len(found.scripts) == 2
    assert not [tag for tag, _ in found.elements if tag == "img"]
    assert not [at for _, at in found.elements if any(name.startswith("on") for name in at)]
    assert HOSTILE in found.words
    assert all(svg.tag.endswith("svg") for svgs in drawings(text).values() for svg in svgs), "every drawing is XML"


def test_a_run_stopped_after_one_trial_has_its_page(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", RATIOS, blocks=3, requests=2500, trials=1, rejected=False)
    said = Page(html_of(run)).words
    assert "This run is partial: 0 blocks of 3 can be compared" in said
    assert "no block compares" in said


def test_a_run_without_any_trial_or_summary_has_its_page(run: Path) -> None:
    (run / "summary.json").unlink()
    (run / "trials.ndjson").write_text("")
    said = Page(html_of(run)).words
    assert "Nothing can be said yet" in said
    assert "There is no summary yet" in said


def test_a_run_of_the_host_alone_has_its_page(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", {}, blocks=2, requests=2500, unavailable=None, rejected=False)
    assert "only the host has been measured" in Page(html_of(run)).words


def test_a_run_whose_every_trial_was_rejected_shows_the_rules(run: Path) -> None:
    rule = [{"rule": "send lag", "detail": "p99 of 3 ms"}]
    change(run / "trials.ndjson", lambda trial: trial.update(valid=False, rejected=rule))
    change(run / "summary.json", lambda summary: summary.update(cells=[], noise_floor=[], blocks=0, complete=False))
    said = Page(html_of(run)).words
    assert "Nothing can be said yet" in said
    assert "send lag : p99 of 3 ms" in said


def test_cells_of_nothing_but_null_have_their_page(run: Path) -> None:
    empty = dict.fromkeys(("value", "baseline_value", "ratio", "ratio_low", "ratio_high", "offered_per_s", "samples"))
    change(
        run / "summary.json",
        lambda s: [c.update(empty, n=0, verdict="unsupported", supported=False) for c in s["cells"]],
    )
    change(
        run / "summary.json",
        lambda s: [f.update(ratio=None, ratio_low=None, ratio_high=None, floor=None) for f in s["noise_floor"]],
    )
    assert "no block compares" in Page(html_of(run)).words


def test_extreme_numbers_have_their_page(run: Path) -> None:
    extreme = {
        "value": 1e30,
        "ratio": 1e12,
        "ratio_low": 1e-12,
        "ratio_high": 1e15,
        "samples": 2**62,
        "offered_per_s": 1e-9,
    }
    change(
        run / "summary.json",
        lambda s: [c.update(extreme, verdict="slower") for c in s["cells"] if c["network"] != "host"],
    )
    assert "×1.0e+12" in Page(html_of(run)).words


def test_a_run_without_setup_proof_or_environment_has_its_page(run: Path) -> None:
    def bare(document: dict[str, Any]) -> None:
        document |= {"environment": {}, "maximum": {}, "plan": {}, "command": ""}
        for network in document["networks"]:
            network["setup"] = None

    change(run / "run.json", bare)
    change(run / "trials.ndjson", lambda trial: trial.update(proof=None, setup=None, loads=[], pinning={}))
    text = html_of(run)
    assert "No environment was recorded" in Page(text).words
    assert 'id="setup"' not in text and 'id="paths"' not in text


def test_fifteen_networks_have_each_its_colour_and_dash(tmp_path: Path) -> None:
    names = {f"ptp+a-rather-long-name-of-a-transport:option={i:02d}": 1 + i / 20 for i in range(15)}
    run = synthetic.write_run(
        tmp_path / "run", names, blocks=2, requests=1200, unavailable=None, rejected=False, workloads=("http",)
    )
    text = html_of(run)
    series = page(load(run)).series
    assert len({(one.colour, one.dash) for one in series}) == 16
    words = Page(text).words
    assert all(name in words for name in names)


def test_what_the_kernel_dropped_elsewhere_is_named(run: Path) -> None:
    def edit(trial: dict[str, Any]) -> None:
        for one in trial["loads"]:
            if trial["network"] == "flannel/vxlan" and one["workload"] == "http":
                one["machine"]["kernel_drops"] = [{"namespace": "n1", "counter": "conntrack_insert_failed", "count": 7}]

    change(run / "trials.ndjson", edit)
    said = Page(html_of(run)).words
    assert "conntrack insert failed, n1" in said
    assert "flannel/vxlan lost" in said


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"fit": True, "forced": False, "reasons": []}, "before the study the machine was quiet"),
        (
            {"fit": False, "forced": True, "reasons": [{"rule": "load", "detail": "others used 60 % of CPU 0"}]},
            "not fit for this clock, and --force was given: others used 60 % of CPU 0",
        ),
    ],
)
def test_the_page_says_what_was_found_before_the_study(run: Path, found: dict[str, Any], expected: str) -> None:
    change(run / "run.json", lambda document: document.update(preflight=found))
    assert expected in Page(html_of(run)).words


def test_lost_packets_are_in_per_cent_and_times_in_utc(run: Path, text: str) -> None:
    for rendered in (Page(text).words, render.render(run, "markdown"), render.render(run, "text")):
        assert isinstance(rendered, str)
        said = " ".join(rendered.split())
        assert re.search(r"0\.0[0-9]+ %", said), "some networks lose 0.01 % of the packets"
        assert "0.0001" not in said
    assert "2026-01-01 00:00:00 UTC" in Page(text).words and "2026-01-01 00:00:00 UTC" in str(
        render.render(run, "markdown")
    )


def test_the_maximum_rate_of_each_network_is_a_figure(run: Path) -> None:
    def found(rate: float | None, share: float | None) -> dict[str, Any]:
        bounds = {"rate_low_per_s": rate, "rate_high_per_s": rate and rate * 1.05}
        shares = {"share": share, "share_low": share and share * 0.97, "share_high": share and share * 1.03}
        return {
            "rate_per_s": rate or 1.0,
            **bounds,
            "closed_loop_per_s": [rate, rate] if rate else [],
            "note": "" if rate else "too noisy",
            **shares,
        }

    by_name = {
        "host": found(80_000.0, 1.0),
        "flannel/vxlan": found(38_000.0, 0.48),
        "flannel/host-gw": found(None, None),
    }
    change(
        run / "run.json", lambda document: document.update(knees={"searched": True, "response_bytes": {"100": by_name}})
    )
    (run / "summary.json").unlink()
    text = html_of(run)
    texts = [element.text for element in drawings(text)["maxima-0"][0].iter() if element.tag.endswith("text")]
    assert any((one or "").startswith("38.0\u00a0k/s\u200248\u00a0%") for one in texts), texts
    assert "not found" in texts
    assert "flannel/vxlan carries 48 %" in Page(text).words


def test_racks_are_drawn_with_the_measured_pair(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(whole, path)
    record = json.loads((path / "run.json").read_text())
    for topology, said in (
        ("racks=4,nodes=3,spines=2", "n1 and n4, of two racks"),
        ("racks=2,nodes=3,pair=within", "n1 and n2"),
    ):
        record["plan"]["topology"] = topology
        (path / "run.json").write_text(json.dumps(record))
        (figure,) = page(load(path)).racks
        assert said in figure.alt and [row[0] for row in figure.rows] == said.split(",")[0].split(" and ")
        drawn, _ = figure.plot.draw(476)
        names = [node.text for node in ElementTree.fromstring(f"<svg>{drawn}</svg>").iter("text")]
        assert {"r1", "n1", "n3"} <= {*names} and ("s2" in names) == ("spines" in topology)
        assert f'<div class="plot" id="{figure.id}">' in html_of(path)
    assert not page(load(whole)).racks


@pytest.mark.parametrize(
    ("testbed", "said"),
    [
        ("local", "Both nodes share the machine’s CPUs"),
        ("ssh", "Each machine has its own clock"),
        ("kubernetes", "Machines and network are as they are"),
        ("peer", "it is observed and not verified"),
    ],
)
def test_a_page_states_the_limits_of_its_testbed(run: Path, testbed: str, said: str) -> None:
    change(run / "run.json", lambda record: record["environment"].update(testbed=testbed))
    shown = Page(html_of(run)).words
    assert said in shown
    assert ("no network card, cable or switch" in shown) == (testbed == "local")
    assert ("of both machines, where that is allowed" in shown) == (testbed == "peer")
