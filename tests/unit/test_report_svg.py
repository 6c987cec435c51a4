"""The picture that people share, and the parts that draw figures: read back as XML and as PNG."""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from barewire import render
from barewire.errors import UsageError
from barewire.render.run.formats import png
from barewire.render.svg import palette, scales
from barewire.render.svg.element import shortened, text_width
from barewire.render.svg.lines import Line, Lines
from tests.support import foreign, synthetic, synthetic_counted

RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}
NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("svg") / "run", RATIOS, blocks=3, requests=2500)


def picture(run: Path) -> str:
    text = render.render(run, "svg")
    assert isinstance(text, str)
    return text


def said(svg: ElementTree.Element) -> list[tuple[float, str]]:
    """Every text with its height in the picture."""
    return [(float(one.attrib["y"]), one.text or "") for one in svg.iter(f"{NAMESPACE}text")]


def test_the_picture_ranks_networks_with_their_intervals(run: Path) -> None:
    texts = said(ElementTree.fromstring(picture(run)))
    rows = [
        next(y for y, text in texts if text == name)
        for name in ("host", "host+direct", "flannel/host-gw", "flannel/vxlan")
    ]
    assert rows == sorted(rows)
    for y in rows[1:]:
        assert any(at == y and re.search(r"µs\u2002[+−]?[0-9.]+\u00a0% \[", text) for at, text in texts)


def test_the_picture_states_what_was_measured_and_the_command(run: Path) -> None:
    texts = " ".join(text for _, text in said(ElementTree.fromstring(picture(run))))
    for expected in (
        "Example CPU 3.0 GHz · Linux 6.12.0-1-amd64 · 2026-01-01 (UTC)",
        "Median latency (p50)",
        "log scale",
        "95\u00a0% intervals over 3 blocks",
        "noise floor",
        "Repeat it: barewire study --seed 1",
        "ipvlan/l2",
    ):
        assert expected in texts, expected


def test_the_picture_stands_alone(run: Path) -> None:
    text = picture(run)
    assert "var(" not in text and "<script" not in text and "href" not in text and "data-" not in text
    assert palette.light()["worse"] in text


def test_the_picture_of_a_counted_run_says_its_clock(tmp_path: Path) -> None:
    text = picture(synthetic_counted.write_run(tmp_path / "run", blocks=2))
    assert "counted clock" in text and "Instructions per round trip" in text and "noise floor" not in text


def test_odd_names_leave_the_picture_well_formed(run: Path, tmp_path: Path) -> None:
    odd = "<&\"'>\x00\x1b\ufffe" + "x" * 300
    text = picture(foreign.renamed(run, tmp_path / "odd", {"flannel/vxlan": odd}))
    assert any("…" in one for _, one in said(ElementTree.fromstring(text)))


def test_the_png_is_the_picture_at_twice_its_size(run: Path) -> None:
    drawn = render.render(run, "png")
    assert isinstance(drawn, bytes) and drawn.startswith(b"\x89PNG\r\n\x1a\n")
    svg = ElementTree.fromstring(picture(run))
    size = [round(float(svg.attrib[name]) * png.ZOOM) for name in ("width", "height")]
    assert list(struct.unpack(">II", drawn[16:24])) == size


def test_a_machine_without_fonts_gets_no_picture_without_words(run: Path) -> None:
    with pytest.raises(UsageError, match=r"no font.*fonts-dejavu-core.*--format svg"):
        png.drawn(picture(run), system_fonts=False)


def test_a_scale_maps_its_ends_and_says_when_it_is_logarithmic() -> None:
    scale = scales.overheads([0.9, 2.0], "change")
    assert (
        scale.position(scale.low) == 0
        and scale.position(scale.high) == 1
        and 0 < scale.position(1.0) < scale.position(1.5) < 1
    )
    assert "(log scale)" in scale.label and "log" not in scales.amounts(100, "1/s", "rate").label
    assert (1, "0\u00a0%") in [(value, name) for value, name in scale.ticks]


@pytest.mark.parametrize("values", [[], [0.0], [5.0], [1e-30, 1e30]])
def test_a_scale_of_hardly_anything_has_ends_and_few_ticks(values: list[float]) -> None:
    for scale in (scales.durations(values, "latency"), scales.overheads(values, "change")):
        assert scale.low < scale.high and len(scale.ticks) < 60


def test_names_at_line_ends_never_overlap() -> None:
    lines = [Line(f"network-{i}", i, [(0.0, 1.0), (1.0, 5.0)], "") for i in range(16)]
    inner, height = Lines(scales.numbers(1, "x"), scales.numbers(10, "y"), lines, 340).draw(476)
    svg = ElementTree.fromstring(f'<svg xmlns="{NAMESPACE[1:-1]}">{inner}</svg>')
    ends = sorted(y for y, text in said(svg) if text.startswith("network-"))
    assert len(ends) == 16 and min(b - a for a, b in pairwise(ends)) > 12
    assert ends[0] > 0 and ends[-1] < height


def test_a_long_name_keeps_both_ends() -> None:
    name = "ptp+a-rather-long-name-of-a-transport:option=07"
    short = shortened(name, 12, 100)
    assert text_width(short, 12) <= 100 and short.startswith("ptp") and short.endswith("07") and "…" in short
