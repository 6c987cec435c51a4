"""Whatever a file holds, reading it gives a result or one sentence that names the file (and the line), and no traceback.

A real run directory, made once, is damaged in one place of one of its files by values of every kind, and then read by whatever
reads runs: the study that would go on with it, every report, comparison and history.
"""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barewire import render
from barewire.errors import BarewireError
from barewire.kernel.tuning.ledger import Ledger
from barewire.results import reading
from barewire.results.comparison.answer import compared
from barewire.results.history.series import history
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import study_file
from barewire.study.execution.run import RunDirectory
from barewire.tuning.profiles import find as find_tuning
from barewire.workloads.generator import load, packets
from barewire.workloads.servers.counts import SinkCounts
from tests.support import synthetic
from tests.unit.test_load_driver import SPEC, measured

FILES = ("run.json", "trials.ndjson", "summary.json")
FOREIGN: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    2**70,
    "",
    "x",
    "\ud800",
    [],
    {},
    [None],
    {"": None},
    [[1]],
    "100%",
    "../../../etc/passwd",
)
UNLIKE = "kernel,cpu,memory,virtualization,distribution,tuning,version,privilege,pinning,sizes,loads,seconds"
EXAMPLES = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

Path_ = tuple[str | int, ...]


def places(document: Any, above: Path_ = ()) -> Iterator[Path_]:
    """Where anything is in a JSON document."""
    yield above
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from places(value, (*above, key))


def damaged(document: Any, place: Path_, value: object, *, gone: bool) -> Any:
    """The document with something else, or nothing, at a place."""
    if not place:
        return value
    found = copy.deepcopy(document)
    at = found
    for key in place[:-1]:
        at = at[key]
    if gone:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return found


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "good"
    synthetic.write_run(path, {"host": 1.0, "ptp": 1.2}, blocks=2, requests=300)
    return path


@pytest.fixture(scope="module")
def bad(good: Path) -> Path:
    """A copy, whose files each example damages and puts back."""
    return shutil.copytree(good, good.with_name("bad"))


def everything(good: Path, bad: Path) -> dict[str, Callable[[], object]]:
    """Every reader of a run."""
    formats = [name for name in render.names() if name != "html"]  # it is slow, and the readers are the same
    return {
        "the study": lambda: RunDirectory.open(bad).data(),
        "a summary": lambda: RunDirectory.open(bad).summarise(),
        **{f"a report as {name}": (lambda name=name: render.render(bad, name)) for name in formats},
        "a comparison": lambda: compared([good, bad], UNLIKE),
        "a history": lambda: history(good.parent),
    }


def read_one(good: Path, bad: Path, file: Path, data: st.DataObject) -> None:
    """By one of the readers."""
    readers = everything(good, bad)
    what = data.draw(st.sampled_from(sorted(readers)), "reader")
    try:
        readers[what]()
    except BarewireError as error:
        assert str(good.parent) in str(error), f"{what} does not say which run: {error}"
    except Exception as error:
        raise AssertionError(f"{what} broke over {file.name}") from error


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("name", FILES)
def test_a_run_that_is_damaged_anywhere_is_read_or_refused(
    name: str, good: Path, bad: Path, data: st.DataObject
) -> None:
    file = bad / name
    whole = (good / name).read_text()
    documents = [json.loads(line) for line in whole.splitlines()] if name == "trials.ndjson" else [json.loads(whole)]
    number = data.draw(st.integers(0, len(documents) - 1), "line")
    place = data.draw(st.sampled_from(sorted(places(documents[number]), key=repr)), "place")
    value = data.draw(st.sampled_from(FOREIGN), "value")
    gone = data.draw(st.booleans(), "gone")
    documents[number] = damaged(documents[number], place, value, gone=gone)
    try:
        file.write_text("".join(json.dumps(document) + "\n" for document in documents))
        read_one(good, bad, file, data)
    finally:
        for each in FILES:
            shutil.copy(good / each, bad / each)


@EXAMPLES
@given(data=st.data(), place=st.integers(0, 10**6), more=st.binary(max_size=6), cut=st.booleans())
@pytest.mark.parametrize("name", FILES)
def test_a_run_with_any_bytes_in_it_is_read_or_refused(
    name: str, good: Path, bad: Path, data: st.DataObject, place: int, more: bytes, cut: bool
) -> None:
    whole = (good / name).read_bytes()
    at = place % (len(whole) + 1)
    try:
        (bad / name).write_bytes(whole[:at] + more + (b"" if cut else whole[at + len(more) :]))
        read_one(good, bad, bad / name, data)
    finally:
        for each in FILES:
            shutil.copy(good / each, bad / each)


def test_a_line_cut_at_any_byte_is_refused_with_its_number(good: Path, bad: Path) -> None:
    first, second, *rest = (good / "trials.ndjson").read_bytes().split(b"\n")
    file = bad / "trials.ndjson"
    try:
        for end in range(len(second)):
            file.write_bytes(b"\n".join([first, second[:end], *rest]))
            with pytest.raises(BarewireError, match=r"trials\.ndjson, line 2"):
                reading.read(bad)
            if end % 16 == 0:
                with pytest.raises(BarewireError, match=r"trials\.ndjson, line 2"):
                    RunDirectory.open(bad)
    finally:
        shutil.copy(good / "trials.ndjson", file)


OTHER = '{"schema": "other/1"}'


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("text", ["[]", "3", OTHER, "<html>", "", "\x00\x00", "[" * 100_000])
def test_a_foreign_file_is_refused_by_its_name(good: Path, bad: Path, file: str, text: str) -> None:
    try:
        (bad / file).write_text(text + "\n")
        if file == "summary.json" and text != OTHER:  # it can be made again from the trials
            found = reading.read(bad)
            assert found.summary is None and (found.summary_error or not text)
            return
        with pytest.raises(BarewireError, match=file):
            reading.read(bad)
    finally:
        shutil.copy(good / file, bad / file)


@pytest.fixture(scope="module")
def output() -> str:
    return measured(SPEC)


NOTHING_ARRIVED = SinkCounts(0, 0, 0, 0, 0, 0)


@settings(max_examples=150)
@given(data=st.data())
def test_what_the_generator_prints_is_taken_whole_or_refused(output: str, data: st.DataObject) -> None:
    lines = [json.loads(line) for line in output.splitlines()]
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.sampled_from(sorted(places(lines[number]), key=repr)))
    lines[number] = damaged(lines[number], place, data.draw(st.sampled_from(FOREIGN)), gone=data.draw(st.booleans()))
    text = "\n".join(map(json.dumps, lines))
    for read in (lambda: load.parse(text).record("", "", None), lambda: packets.parse(text, NOTHING_ARRIVED)):
        with contextlib.suppress(BarewireError):
            read()


@settings(max_examples=150)
@given(data=st.data(), text=st.text(max_size=60))
def test_any_plan_or_tuning_is_read_or_refused_with_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, text: str
) -> None:
    keys = (
        "networks",
        "blocks",
        "seconds",
        "loads",
        "sizes",
        "wire",
        "wire.loss",
        "wire.rate",
        "tune",
        "until",
        "server_cpus",
        "x",
    )
    values = (
        '"1%"',
        "-1",
        "1e400",
        "nan",
        "[]",
        "[[]]",
        "{}",
        "true",
        '"\\u0000"',
        "1979-05-27",
        '["host", "host"]',
        "{ a = 1 }",
    )
    lines = data.draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(values)), max_size=3))
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(
        "\n".join(f"{key} = {value}" for key, value in lines) + "\n" + text, encoding="utf-8", errors="replace"
    )
    try:
        load_plan(file)
    except BarewireError as error:
        assert str(file) in str(error)
    try:
        find_tuning(str(file))
    except BarewireError as error:
        assert str(file) in str(error)


@settings(max_examples=150)
@given(data=st.data())
def test_any_left_record_is_read_or_refused_with_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    entry = {"name": "sysctl", "path": "/proc/sys/net/core/somaxconn", "before": "1", "after": None}
    ledger = {
        "schema": "barewire/tuning/1",
        "boot": "x",
        "profile": "p",
        "holder": "doctor",
        "pid": 1,
        "since": "",
        "root": "/",
        "entries": [entry],
    }
    study = {"schema": "barewire/study/2", "created": "", "conditions": [{"name": "a", "path": "a"}]}
    for name, document, read in (
        ("tuning.json", ledger, lambda: Ledger(folder).read()),
        ("study.json", study, lambda: study_file.read(folder)),
    ):
        place = data.draw(st.sampled_from(sorted(places(document), key=repr)))
        bad = damaged(document, place, data.draw(st.sampled_from(FOREIGN)), gone=data.draw(st.booleans()))
        (folder / name).write_text(json.dumps(bad))
        try:
            read()
        except BarewireError as error:
            assert name in str(error)
        finally:
            (folder / name).unlink()
