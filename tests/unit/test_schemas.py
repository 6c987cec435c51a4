"""Everything that a study writes is valid by the published schemas, and every key of them is explained in the docs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from barewire import schemas
from barewire.records.plan import PlanRecord, WireRecord
from barewire.results import upgrade
from barewire.study.design.plan import StudyPlan, WirePlan
from tests.support import synthetic
from tools import schemas as made

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        schemas.schema(name), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schemas") / "run"
    return synthetic.write_run(path, {"flannel/vxlan": 1.5}, blocks=2, requests=2500, sizes=(100, 4096))


def test_the_docs_call_open_what_is_open() -> None:
    marked = {line.split("`")[1] for line in DOCS.read_text().splitlines() if "(open" in line}
    assert marked == {record.__name__.removesuffix("Record").lower() for record in made.OPEN}


@pytest.mark.parametrize("name", schemas.NAMES)
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schema(name))


def test_a_run_is_valid(run: Path) -> None:
    validator("run").validate(json.loads((run / "run.json").read_text()))


def test_every_trial_is_valid_measured_rejected_or_unfinished(run: Path) -> None:
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    assert {trial["valid"] for trial in trials} == {True, False}
    assert any(trial["proof"] is None for trial in trials)
    for trial in trials:
        validator("trial").validate(trial)


def test_a_summary_is_valid(run: Path) -> None:
    validator("summary").validate(json.loads((run / "summary.json").read_text()))


@pytest.mark.parametrize("trials", [0, 1, 2, 5])
def test_a_summary_of_a_partial_run_is_valid(tmp_path: Path, trials: int) -> None:
    path = synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=2, requests=300, trials=trials)
    validator("summary").validate(json.loads((path / "summary.json").read_text()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"valid": False}, "rejected"),
        ({"role": "baseline"}, "baseline"),
        ({"loads": []}, "loads"),
        ({"proof": None}, "None"),
        ({"surprise": 1}, "surprise"),
        ({"trial": 0}, "minimum"),
        ({"started": "yesterday"}, "yesterday"),
    ],
)
def test_a_wrong_trial_is_not_valid(run: Path, change: dict[str, Any], said: str) -> None:
    trial = json.loads((run / "trials.ndjson").read_text().splitlines()[0])
    assert validator("trial").is_valid(trial)
    with pytest.raises(jsonschema.ValidationError) as caught:
        validator("trial").validate({**trial, **change})
    assert said in str(caught.value)


def test_a_missing_key_is_named() -> None:
    assert schemas.missing("summary", {"schema": "barewire/summary/2"})[:2] == ["networks", "cells"]
    assert schemas.missing("run", dict.fromkeys(schemas.schema("run")["required"])) == []


@pytest.mark.parametrize("name", schemas.NAMES)
def test_every_key_is_explained_in_the_documentation(name: str) -> None:
    section = DOCS.read_text().split(f"\n## {name}")[1].split("\n## ")[0]
    schema = dict(schemas.schema(name))
    if name == "study":  # its plan is that of a run, which is explained there
        schema["$defs"] = {key: one for key, one in schema["$defs"].items() if key not in ("PlanRecord", "WireRecord")}
    for key in sorted(set(_keys(schema))):
        assert f"`{key}`" in section, f"{key} of {name}"


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    for word, value in schema.items():
        if word == "properties":
            yield from value
        if isinstance(value, Mapping):
            yield from _keys(value)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, Mapping):
                    yield from _keys(item)


def test_a_plan_s_record_has_every_key_of_a_plan() -> None:
    assert list(PlanRecord.__annotations__) == list(StudyPlan.model_fields)
    assert list(WireRecord.__annotations__) == list(WirePlan.model_fields)


@pytest.mark.parametrize("name", made.TYPES)
def test_schemas_are_those_of_the_types(name: str) -> None:
    file = Path(schemas.__file__).with_name(f"{name}-{schemas.VERSION}.schema.json")
    assert file.read_text() == made.text(name), "run scripts/docs"


@pytest.mark.parametrize("name", ["wall", "counted"])
def test_what_0_1_wrote_is_valid_once_it_is_upgraded(name: str) -> None:
    for line in (Path(__file__).parent / "v1" / name / "trials.ndjson").read_text().splitlines():
        validator("trial").validate(upgrade.trial(json.loads(line)))
