"""What `barewire explain` has left beside a run is a section of its page; what cannot be shown is a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from barewire import render, schemas
from barewire.render.html import frame
from barewire.render.run import stages
from barewire.render.run.data import load
from barewire.results.explained import Cost
from tests.support import synthetic_counted
from tests.unit.test_report_html import HOSTILE, Page

KERNEL = "6.12.48+deb13-amd64"
COSTS = {
    "flannel/vxlan": {"TCP": 15_000.0, "encapsulation": 3_220.0, HOSTILE: 7.0, "empty": 0.0},
    "host": {"TCP": 12_900.0, "encapsulation": 0.0, HOSTILE: 7.0, "empty": 0.0},
}


def document(kernel: str = KERNEL) -> dict[str, Any]:
    base = COSTS["host"]
    return {
        "schema": "barewire/explain/2", "version": "0", "kernel": kernel, "qemu": "7.2.22", "load": "tcp-rr",
        "operation": "round trip", "virtual_seconds": 0.03, "baseline": "host", "skipped": [],
        "stages": [{"name": name, "about": f"about {name}"} for name in base],
        "networks": [
            {
                "network": name, "operations": 900, "instructions": sum(costs.values()), "medians": [1], "by_clock": [1.0],
                "counted": 1, "difference": sum(costs.values()) - sum(base.values()), "virtual_ns": 1, "doubts": {},
                "functions": [], "stages": {k: {"instructions": v, "difference": v - base[k]} for k, v in costs.items()},
            }
            for name, costs in COSTS.items()
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_counted.write_run(tmp_path_factory.mktemp("stages") / "run", blocks=2)


def explained(whole: Path, path: Path, text: str) -> Path:
    run = Path(shutil.copytree(whole, path))
    (run / "explain").mkdir()
    (run / "explain" / "explain.json").write_text(text)
    return run


def test_what_these_tests_read_is_of_the_published_format() -> None:
    jsonschema.Draft202012Validator(schemas.schema("explain")).validate(document())


def test_stages_are_in_kernel_order_and_networks_in_report_order(whole: Path, tmp_path: Path) -> None:
    (found,), amiss = stages.read(load(explained(whole, tmp_path / "run", json.dumps(document()))))
    assert not amiss
    assert [one.network for one in found.networks] == ["host", "flannel/vxlan"]
    assert [stage.name for stage, _ in found.rows] == ["TCP", "encapsulation", HOSTILE]
    assert found.rows[1][1][1] == Cost(3_220.0, 3_220.0)


def test_the_page_has_bars_and_a_table_and_runs_no_script(whole: Path, tmp_path: Path) -> None:
    text = render.render(explained(whole, tmp_path / "run", json.dumps(document())), "html")
    assert isinstance(text, str)
    page = Page(text)
    for words in ("Where the instructions go", "about encapsulation", "3 220 +3 220 instr", "18 227 +5 320 instr"):
        assert words in page.words
    assert frame.stored(text)["csv"]["stages-0"].count("\r\n") == 1 + 3 * 2
    assert HOSTILE not in text and not [at for tag, at in page.elements if "onerror" in at]


def test_each_of_several_loads_has_a_table_and_a_byte_its_digits(whole: Path, tmp_path: Path) -> None:
    run = explained(whole, tmp_path / "run", json.dumps(document()))
    (run / "explain" / "tcp-stream").mkdir()
    stream = document() | {"load": "tcp-stream", "operation": "byte"}
    for one in stream["networks"]:
        for cost in (one, *one["stages"].values()):
            cost["instructions"], cost["difference"] = cost["instructions"] / 2**15, cost["difference"] / 2**15
    (run / "explain" / "tcp-stream" / "explain.json").write_text(json.dumps(stream))
    found, amiss = stages.read(load(run))
    assert [(one.load, one.page) for one in found] == [
        ("tcp-rr", "explain/explain.html"), ("tcp-stream", "explain/tcp-stream/explain.html")
    ] and not amiss  # fmt: skip
    text = render.render(run, "html")
    assert isinstance(text, str)
    assert "tcp-stream: instructions per byte" in Page(text).words and "0.0983 +0.0983 instr" in Page(text).words
    assert frame.stored(text)["csv"]["stages-1"].count("\r\n") == 1 + 3 * 2


def test_a_run_that_nobody_explained_has_no_such_section(whole: Path) -> None:
    assert stages.read(load(whole)) == ((), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ("{}", "cannot be read"),
        (json.dumps({**document(), "schema": "barewire/explain/3"}), "not barewire/explain/2"),
        (json.dumps(document("6.1.0-40-amd64")), "counted on Linux 6.1.0-40-amd64, not on this run's"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(whole: Path, tmp_path: Path, text: str, said: str) -> None:
    run = explained(whole, tmp_path / "run", text)
    found, (note,) = stages.read(load(run))
    assert not found and said in note
    rendered = render.render(run, "html")
    assert isinstance(rendered, str) and "Where the instructions go</h2>" not in rendered
