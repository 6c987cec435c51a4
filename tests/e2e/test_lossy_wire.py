"""A study over a wire that loses packets says so in its report; one over a good wire has no such words."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.e2e.conftest import Study
from tests.support.command import TINY, study_inside

pytestmark = pytest.mark.kernel

WORDS = "Packets were dropped while latencies were measured"


def study(path: Path, *options: str) -> str:
    """The text of the report, on one line."""
    done = study_inside(*TINY, "--networks", "host,ptp", "--out", str(path), *options)
    assert done.code == 3, done.err  # one block concludes nothing
    return " ".join(done.out.replace("\N{NO-BREAK SPACE}", " ").split())


def test_text_and_page_name_drops_of_a_lossy_wire_with_the_tail(tmp_path: Path) -> None:
    # Without rates of its own maximum: where packets are lost, a search for it takes all its time.
    text = study(tmp_path / "run", "--wire", "loss=2%", "--own-loads", "none", "--seed", "5")
    page = (tmp_path / "run" / "report.html").read_text()
    for report in (text, page):
        assert WORDS in report and "TCP's retransmission timer" in report.replace("&#39;", "'")
    assert "ptp lost" in text and "at n2/eth0 (rx, wire loss)" in text
    longest = []
    for line in (tmp_path / "run" / "trials.ndjson").read_text().splitlines():
        trial = json.loads(line)
        jsonschema.Draft202012Validator(schemas.schema("trial")).validate(trial)
        for load in trial["loads"]:
            assert "wire loss" in {drop["reason"] for drop in load["machine"]["drops"]}
            if load["workload"] == "http":
                assert load["retransmissions"] > 0
                longest.append(load["latency_ns"]["max"])
    # What was lost while latencies were measured comes after the kernel's timer; of one load, all may be lost before that.
    assert max(longest) >= 200_000_000


def test_a_good_wire_has_no_such_words(small: Study) -> None:
    text = " ".join(small.done.out.split())
    lines = (small.path / "trials.ndjson").read_text().splitlines()
    rates = [load for line in lines for load in json.loads(line)["loads"] if load["workload"] == "http"]
    dropped = any(load["machine"]["drops"] for load in rates)  # a busy machine may drop by itself, and then must say so
    assert (WORDS in text) == (WORDS in (small.path / "report.html").read_text()) == dropped
