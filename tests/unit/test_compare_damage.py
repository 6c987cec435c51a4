"""Whatever stands in the files of a run, a comparison ends in numbers or in one sentence, never in a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barewire.errors import BarewireError
from barewire.records import plain as as_json
from barewire.render.comparison.formats.json import document
from barewire.render.comparison.formats.markdown import markdown
from barewire.render.comparison.formats.text import plain
from barewire.render.history.formats.json import document as history_document
from barewire.render.history.formats.text import plain as history_plain
from barewire.results.comparison.answer import compared
from barewire.results.history.series import history
from tests.support import synthetic

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.sampled_from([0, -1, 1, 5e-324, 1.8e308 / 2, "", "host", "candidate", "barewire/run/2"]),
)
FILES = ("run.json", "trials.ndjson", "summary.json", "study.json")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage") / "whole"
    return synthetic.write_run(
        path, {"ptp": 1.2}, blocks=2, requests=200, unavailable=None, rejected=False, workloads=("http", "udp-stream")
    )


@pytest.fixture(scope="module")
def copy(whole: Path) -> Path:
    return Path(shutil.copytree(whole, whole.with_name("copy")))


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place within a document, as the keys that lead there."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*way, key)
        yield from places(child, (*way, key))


def put(document: Any, way: tuple[Any, ...], value: Any) -> None:
    for key in way[:-1]:
        document = document[key]
    document[way[-1]] = value


def everything(whole: Path, copy: Path) -> None:
    """All that can be asked of two runs."""
    found = compared([whole, copy], unlike="kernel,cpu", gate_texts=["ptp p50 <= 5%", "ptp cpu loss <= 5%"])
    json.dumps(as_json(document(found)), allow_nan=False)
    plain(found, full=True)
    markdown(found)
    past = history(copy.parent, full=True)
    json.dumps(as_json(history_document(past)), allow_nan=False)
    history_plain(past)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_in_any_place_of_any_file_is_survived(whole: Path, copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES[:3]))
    lines = (whole / name).read_text().splitlines() if name.endswith("ndjson") else [(whole / name).read_text()]
    number = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[number])
    put(record, data.draw(st.sampled_from(list(places(record)))), data.draw(VALUES))
    lines[number] = json.dumps(record)
    (copy / name).write_text("\n".join(lines) + "\n")
    try:
        everything(whole, copy)
    except BarewireError as error:
        assert error.exit_code == 2
        assert "\n" not in str(error).strip()
    finally:
        shutil.copy(whole / name, copy / name)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_cut_or_overwritten_anywhere_is_survived(whole: Path, copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    text = (
        (whole / name).read_bytes() if (whole / name).exists() else b'{"schema": "barewire/study/2", "conditions": []}'
    )
    at = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.binary(max_size=20))
    (copy / name).write_bytes(text[:at] + junk + (text[at + len(junk) :] if data.draw(st.booleans()) else b""))
    try:
        everything(whole, copy)
    except BarewireError as error:
        assert error.exit_code == 2
    finally:
        if (whole / name).exists():
            shutil.copy(whole / name, copy / name)
        else:
            (copy / name).unlink()
