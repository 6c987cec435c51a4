"""Results in other formats by the command line: listed, written whole to where they were asked for, refused in one sentence."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from barewire import render
from tests.e2e.conftest import Study
from tests.support import synthetic
from tests.support.command import BAREWIRE, TINY, barewire_inside


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "run"
    return synthetic.write_run(path, {"flannel/vxlan": 1.6}, blocks=2, requests=1000)


def test_every_format_is_listed_one_a_line_without_a_run() -> None:
    done = barewire_inside("report", "--format", "help")
    assert done.code == 0
    assert [line.split("\t")[0] for line in done.out.splitlines()] == list(render.names())
    assert all(line.count("\t") == 1 for line in done.out.splitlines())


@pytest.mark.parametrize("arguments", [["report", "--format", "help"], ["networks"], ["--version"], ["report", "RUN"]])
def test_a_reader_that_has_gone_is_no_failed_check(run: Path, arguments: list[str]) -> None:
    """As of `barewire ... | head -1`: neither exit code 1, which is a gate that is broken, nor a word about it."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        words = [str(run) if word == "RUN" else word for word in arguments]
        done = subprocess.run([*BAREWIRE, *words], stdout=nobody, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_the_help_says_how_to_list_every_format() -> None:
    text = " ".join(barewire_inside("report", "--help").out.split())
    assert "text, all, html, svg, csv ...; help lists them" in text


@pytest.mark.parametrize("name", ["csv", "flent", "hgrm", "markdown"])
def test_out_takes_a_file_or_a_directory(run: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    done = barewire_inside("report", str(run), "--format", name, "--out", str(out))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert out.is_dir() == render.find(name).is_directory
    assert not list(tmp_path.rglob(".*"))
    # Again, onto what is there.
    assert barewire_inside("report", str(run), "--format", name, "--out", str(out)).code == 0


@pytest.mark.parametrize("name", ["run.json", "trials.ndjson"])
def test_nothing_is_written_over_what_a_study_recorded(run: Path, name: str) -> None:
    recorded = (run / name).read_bytes()
    done = barewire_inside("report", str(run), "--format", "csv", "--out", str(run / name))
    assert done.code == 2 and "what a study recorded, and would be lost" in done.sentence
    assert (run / name).read_bytes() == recorded


def test_several_files_need_a_directory(run: Path, tmp_path: Path) -> None:
    done = barewire_inside("report", str(run), "--format", "hgrm")
    assert (done.code, done.out) == (2, "")
    assert "--out DIR" in done.sentence
    (tmp_path / "file").write_text("mine")
    done = barewire_inside("report", str(run), "--format", "hgrm", "--out", str(tmp_path / "file"))
    assert done.code == 2 and "cannot write" in done.sentence
    assert (tmp_path / "file").read_text() == "mine"


def test_a_format_in_a_pipe_is_the_file_byte_for_byte(run: Path, tmp_path: Path) -> None:
    piped = subprocess.run([*BAREWIRE, "report", str(run), "-f", "csv"], capture_output=True, check=True).stdout
    barewire_inside("report", str(run), "-f", "csv", "-o", str(tmp_path / "cells.csv"))
    assert piped == (tmp_path / "cells.csv").read_bytes()


def test_a_name_that_is_no_format_is_refused_before_a_study(tmp_path: Path) -> None:
    done = barewire_inside("study", *TINY, "--networks", "host", "--out", str(tmp_path / "run"), "--export", "csv,pdf")
    assert done.code == 2
    assert "no report format 'pdf'" in done.sentence
    assert not (tmp_path / "run").exists()


@pytest.mark.kernel
def test_a_study_writes_the_requested_formats_into_its_run(small: Study) -> None:
    run, done = small.path, small.done
    # On a busy machine every trial may break a rule; then there is nothing to write, which is said.
    for name in small.formats:
        written, said = (run / render.find(name).file_name).exists(), f"barewire: {name} was not written: " in done.err
        assert written != said and (written or done.code == 3)
    with (run / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len([row for row in rows if row["value"]]) == len(json.loads((run / "summary.json").read_text())["cells"])


def test_a_picture_is_not_written_onto_a_terminal(run: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "wb") as terminal:
        done = subprocess.run(
            [*BAREWIRE, "report", str(run), "-f", "png"], stdout=terminal, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2 and b"--out FILE" in done.stderr
    piped = subprocess.run([*BAREWIRE, "report", str(run), "-f", "png"], capture_output=True, check=True).stdout
    assert piped.startswith(b"\x89PNG")
