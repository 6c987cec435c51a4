"""A run is read as it is: what is damaged is refused with its place, what is missing is missing and said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barewire import render
from barewire.errors import RunError, UsageError
from barewire.records import HopRecord
from barewire.render.run import answer, curves, overhead, study_2016
from barewire.render.run.data import ReportData, load
from barewire.render.run.page import drawing
from barewire.results import words
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ratios = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}
    return synthetic.write_run(tmp_path_factory.mktemp("data") / "run", ratios, blocks=3, requests=2500)


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.fixture(scope="module")
def data(whole: Path) -> ReportData:
    return load(whole)


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_the_formats_are_the_files_of_the_folder() -> None:
    assert {"all", "csv", "html", "json", "text"} < set(render.formats())
    assert list(render.formats()) == sorted(render.formats())


def test_an_unknown_format_is_refused_with_the_known_ones(whole: Path) -> None:
    with pytest.raises(UsageError, match=r"no report format 'pdf'.*all, .*csv, .*text"):
        render.render(whole, "pdf")


def test_json_is_the_summary_byte_for_byte(whole: Path) -> None:
    assert render.render(whole, "json") == (whole / "summary.json").read_text()


def test_json_of_a_run_without_a_trial_is_an_error(run: Path) -> None:
    (run / "summary.json").unlink()
    (run / "trials.ndjson").write_text("")
    with pytest.raises(RunError, match="no summary yet"):
        render.render(run, "json")


@pytest.mark.parametrize("format", ["text", "json", "csv", "markdown"])
def test_a_run_without_a_summary_is_reported_from_its_trials(run: Path, format: str) -> None:
    """What a killed study leaves: every trial on disk and no summary."""
    before = render.render(run, format)
    (run / "summary.json").unlink()
    after = render.render(run, format)
    if format in ("text", "markdown"):
        assert isinstance(after, str)
        assert "this summary is made from the" in " ".join(after.split())
    else:
        assert after == before
    assert not (run / "summary.json").exists()


def test_a_summary_of_earlier_trials_is_made_again(run: Path) -> None:
    whole = render.render(run, "json")
    lines = (run / "trials.ndjson").read_text().splitlines(keepends=True)
    (run / "trials.ndjson").write_text("".join(lines[:7]))
    with RunDirectory.open(run, write=True) as partial:
        partial.summarise()
    (run / "trials.ndjson").write_text("".join(lines))
    assert render.render(run, "json") == whole
    (note,) = [note for note in load(run).notes if "summary.json" in note]
    assert f"is of 7 trials and not of the {len(lines)} trials in trials.ndjson; this summary is made again" in note


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": "barewire/summary/2", "trials": 3}'])
def test_a_damaged_summary_is_made_again_from_its_trials(run: Path, damaged: bytes) -> None:
    whole = render.render(run, "json")
    (run / "summary.json").write_bytes(damaged)
    assert render.render(run, "json") == whole
    assert any("summary.json cannot be read" in note and "is made again" in note for note in load(run).notes)
    (run / "trials.ndjson").write_text("")
    with pytest.raises(RunError, match="summary"):
        load(run)


def test_a_summary_that_the_system_refuses_is_made_again(run: Path) -> None:
    whole = render.render(run, "json")
    (run / "summary.json").unlink()
    (run / "summary.json").symlink_to("/proc/self/mem")  # whose first byte nobody may read, root neither
    assert render.render(run, "json") == whole


def test_a_summary_of_a_newer_version_is_not_made_again(run: Path) -> None:
    (run / "summary.json").write_text('{"schema": "barewire/summary/99"}')
    with pytest.raises(RunError, match="newer barewire"):
        load(run)


def test_a_summary_of_other_trials_of_equal_number_is_made_again(run: Path) -> None:
    whole = render.render(run, "json")
    file = run / "trials.ndjson"
    file.write_text(file.read_text().replace('"seconds":12.5', '"seconds":1.5'))
    found = load(run)
    assert any("this summary is made again" in note for note in found.notes)
    assert json.loads(found.summary_text)["cells"] == json.loads(str(whole))["cells"]


def test_a_trial_that_is_recorded_twice_is_refused(run: Path) -> None:
    file = run / "trials.ndjson"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines, lines[1]]))
    with pytest.raises(RunError, match=rf"trial 2 is recorded twice .*line {len(lines) + 1}\): line 2 has it"):
        load(run)
    with pytest.raises(RunError, match="trial 2 is recorded twice"):
        RunDirectory.open(run)


def test_a_summary_beside_an_empty_file_of_trials_says_so(run: Path) -> None:
    (run / "trials.ndjson").write_text("")
    found = load(run)
    assert found.summary.cells
    assert any("trials.ndjson is empty; this is what summary.json has of" in note for note in found.notes)


def test_a_summary_that_names_no_trials_is_made_again(run: Path) -> None:
    """An earlier version wrote it; its verdicts have other names."""
    whole = render.render(run, "json")
    document = {key: value for key, value in json.loads(str(whole)).items() if key != "trials"}
    document["cells"] = [{**cell, "verdict": "a word of another version"} for cell in document["cells"]]
    (run / "summary.json").write_text(json.dumps(document))
    assert render.render(run, "json") == whole
    assert any("an earlier version wrote it" in note for note in load(run).notes)


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run"):
        load(tmp_path / "nowhere")


def test_a_directory_without_a_run_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no run\.json"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["run", "summary"])
def test_a_newer_version_is_refused(run: Path, name: str) -> None:
    change(run / f"{name}.json", schema=f"barewire/{name}/3")
    with pytest.raises(RunError, match="newer barewire"):
        load(run)


def test_a_foreign_file_is_refused(run: Path) -> None:
    change(run / "run.json", schema="someone/else/1")
    with pytest.raises(RunError, match="not a run of barewire"):
        load(run)


def test_a_damaged_trial_is_refused_with_its_line(run: Path) -> None:
    lines = (run / "trials.ndjson").read_text().splitlines(keepends=True)
    lines[3] = '{"schema": "barewire/trial/2", "trial":\n'
    (run / "trials.ndjson").write_text("".join(lines))
    with pytest.raises(RunError, match=r"trials\.ndjson, line 4"):
        load(run)


def test_a_wrong_type_is_named_with_its_key(run: Path) -> None:
    cells = json.loads((run / "summary.json").read_text())["cells"]
    cells[2]["ratio"] = "much"
    change(run / "summary.json", cells=cells)
    assert any("cells.2.ratio" in note for note in load(run).notes)
    change(run / "run.json", seed="much")
    with pytest.raises(RunError, match="seed"):
        load(run)


def test_a_number_that_is_none_is_named(run: Path) -> None:
    text = (run / "summary.json").read_text()
    (run / "summary.json").write_text(text.replace('"confidence": 0.95', '"confidence": NaN'))
    found = load(run)
    assert found.summary.confidence == 0.95
    assert any("confidence" in note and "is made again" in note for note in found.notes)


def test_a_last_line_without_its_end_does_not_count_and_is_said(run: Path, data: ReportData) -> None:
    text = (run / "trials.ndjson").read_bytes()
    (run / "trials.ndjson").write_bytes(text[:-40])
    cut = load(run)
    assert len(cut.trials) == len(data.trials) - 1
    assert "cut off" in cut.notes[0]


def test_keys_that_a_later_version_adds_pass_by(run: Path) -> None:
    change(run / "run.json", weather="fine")
    assert load(run).run.seed == 1


def test_networks_stand_best_to_worst(data: ReportData) -> None:
    assert [n.name for n in overhead.ranked(data)] == ["host+direct", "flannel/host-gw", "flannel/vxlan"]
    assert overhead.worst(data) == "flannel/vxlan"


def test_heat_is_highest_for_the_worst_and_needs_an_overhead(data: ReportData) -> None:
    key = overhead.answer_load(data)
    assert key is not None
    median = {row.network: row.entries[0].heat for row in overhead.rows(data, overhead.latency_columns(data, key)[:1])}
    assert median["host"] is None
    assert median["host+direct"] is None
    assert 0 < (median["flannel/host-gw"] or 0) < (median["flannel/vxlan"] or 0) == overhead.HEAT_STEPS


def test_a_maximum_has_no_heat_because_it_has_no_interval(data: ReportData) -> None:
    key = overhead.answer_load(data)
    assert key is not None
    rows = overhead.rows(data, overhead.latency_columns(data, key))
    assert all(row.entries[-1].heat is None for row in rows)


def test_the_answer_names_the_loss_of_each_network(data: ReportData) -> None:
    said = answer.answer(data)
    assert "At 50\u00a0% of the host's maximum rate" in said.headline
    assert "flannel/host-gw costs +" in said.headline
    assert "no difference was found for host+direct" in said.headline
    assert said.unmeasured == "ipvlan/l2 could not be measured here: the kernel has no link kind ipvlan."
    assert said.partial == ""
    assert "noise floor" in said.noise


def test_the_command_repeats_the_seed(data: ReportData, run: Path) -> None:
    assert "--seed 1" in answer.repeat_command(data)
    change(run / "run.json", command="barewire study --out 'a b'")
    assert answer.repeat_command(load(run)) == "barewire study --out 'a b' --seed 1"


def test_a_curve_is_of_merged_histograms_and_ends_at_the_maximum(data: ReportData) -> None:
    read = curves.read(data)
    assert not read.notes
    vxlan = next(c for c in read.curves if c.network == "flannel/vxlan")
    cell = data.cell("flannel/vxlan", "50%", "latency", 100, 1.0)
    assert cell is not None
    assert vxlan.samples == 3 * 2500
    assert vxlan.latencies_ns[-1] == cell.value
    assert list(vxlan.latencies_ns) == sorted(vxlan.latencies_ns)
    assert vxlan.supported == pytest.approx(1 - 10 / 7500)


def test_histograms_that_are_gone_or_damaged_are_named(run: Path) -> None:
    (run / "histograms" / "0001.hlog").unlink()
    (run / "histograms" / "0003.hlog").write_text("Tag=latency/50%/100,1,1,1,HISTxyz\n")
    notes = curves.read(load(run)).notes
    assert any("trial 1 " in note for note in notes)


def test_a_histogram_outside_of_the_run_is_not_opened(run: Path) -> None:
    text = (run / "trials.ndjson").read_text()
    (run / "trials.ndjson").write_text(text.replace("histograms/0001.hlog", "../../../../../etc/passwd"))
    assert any("not within the run" in note for note in load(run).notes)
    assert any("not within the run" in note for note in curves.read(load(run)).notes)


def test_the_2016_loss_is_a_range_as_wide_as_its_rounding(data: ReportData) -> None:
    tables = study_2016.compare(data)
    first = next(t for t in tables if (t.response_bytes, t.share_percent) == (350, 50))
    vxlan = next(line for line in first.lines if line.then == "vxlan")
    p99 = next(c for c in vxlan.comparisons if c.quantile == 0.99)
    assert p99.published.ratio == pytest.approx(1.9 / 0.8)
    assert p99.published.low == pytest.approx(1.85 / 0.85)
    assert p99.published.high == pytest.approx(1.95 / 0.75)
    assert vxlan.now == "flannel/vxlan"
    assert p99.measured is not None
    # Nothing of 4 KiB was measured, and 100 B must not stand for it.
    assert {t.response_bytes for t in tables} == {350}
    ipvlan = next(line for line in first.lines if line.then == "ipvlan")
    assert ipvlan.now == ""


def test_the_drawing_leads_down_to_the_wire_and_up_again() -> None:
    way = [
        HopRecord("n1-p1", "eth0", "veth", "out"),
        *(HopRecord("n1", dev, kind) for dev, kind in (("veth1", "veth"), ("cni0", "bridge"), ("eth0", "veth"))),
        *(HopRecord("n2", dev, kind) for dev, kind in (("eth0", "veth"), ("cni0", "bridge"), ("veth1", "veth"))),
        HopRecord("n2-p1", "eth0", "veth", "in"),
    ]
    drawn = drawing.draw(way)
    assert drawn is not None
    heights = [station.y for station in drawn.stations]
    assert heights == heights[::-1]
    assert heights[3] == heights[4] == max(heights)
    assert [link.wire for link in drawn.links] == [False, False, False, True, False, False, False]
    assert [box.namespace for box in drawn.boxes] == ["n1-p1", "n1", "n2", "n2-p1"]
    for box in drawn.boxes:
        assert box.x >= 0 and box.y >= 0 and box.x + box.width <= drawn.width and box.y + box.height <= drawn.height


def test_a_router_on_the_wire_gets_a_box_between_the_nodes() -> None:
    way = [HopRecord("n1", "eth0"), HopRecord("wire", "n1"), HopRecord("wire", "n2"), HopRecord("n2", "eth0")]
    drawn = drawing.draw(way)
    assert drawn is not None
    assert len({station.y for station in drawn.stations}) == 1
    assert sum(link.wire for link in drawn.links) == 2


def test_no_path_is_no_drawing() -> None:
    assert drawing.draw([]) is None


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.54, "+54.0 %"),
        (0.917, "−8.3 %"),
        (1.0, "0.0 %"),
        (2.5, "+150 %"),
        (12.34, "×12.3"),
        (48_712, "×48 700"),
        (None, "–"),
    ],
)
def test_overhead_is_a_signed_percentage_or_a_large_factor(ratio: float | None, text: str) -> None:
    assert words.overhead(ratio) == text.replace(" ", words.JOIN)


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [(41_800, "ns", "41.8 µs"), (9.41e9, "bit/s", "9.41 Gbit/s"), (44_100, "1/s", "44.1 k/s"), (14, "1", "14")],
)
def test_every_number_has_its_unit(number: float, unit: str, text: str) -> None:
    assert words.value(number, unit) == text.replace(" ", words.JOIN)


def test_a_run_that_is_mostly_noise_says_so(run: Path) -> None:
    floors = json.loads((run / "summary.json").read_text())["noise_floor"]
    change(run / "summary.json", noise_floor=[{**f, "floor": 13_000.0} for f in floors])
    said = answer.answer(load(run)).noise
    assert "is ×13\u00a0000:" in said


def test_quantiles_are_named_without_rounding() -> None:
    assert [words.quantile(q) for q in (0.5, 0.99, 0.995, 0.99999, 1)] == ["p50", "p99", "p99.5", "p99.999", "max"]
