"""A resume honours `--blocks` and refuses what would change a trial; a dry run of it writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from barewire.cli import resuming
from barewire.errors import UsageError
from barewire.study.design.blocks import remaining
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import extend
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=2, requests=300, trials=4, unavailable=None)


def contents(path: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_a_dry_run_of_a_resume_prints_what_is_left_only(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(run)
    resuming.show(run, None, "-")
    few = json.loads(capsys.readouterr().out)["trials"]
    resuming.show(run, 5, "-")
    many = json.loads(capsys.readouterr().out)["trials"]
    assert many == few + 3 * 3  # two hosts and one network in each of three more blocks
    assert contents(run) == before


def test_a_dry_run_of_a_complete_run_offers_no_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = synthetic.write_run(
        tmp_path / "whole", {"ptp": 1.1}, 2, rejected=False, unavailable=None, workloads=("tcp-rr",)
    )
    resuming.show(whole, None, None)
    said = capsys.readouterr().out
    assert "Nothing is left to measure" in said and "go on with" not in said


def test_a_run_from_before_a_load_was_added_goes_on_without_it(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a version before `tcp-stream-1-no-offloads` left it; a resume adds it to no trial, and says so."""
    new = "tcp-stream-1-no-offloads"
    assert resuming.remarks(run) == []
    lines = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    old = [{**line, "loads": [one for one in line["loads"] if one["load"] != new]} for line in lines]
    assert old != lines
    (run / "trials.ndjson").write_text("".join(json.dumps(line) + "\n" for line in old))
    (remark,) = resuming.remarks(run)
    assert f"begun by a version without {new};" in remark
    with RunDirectory.open(run) as again:
        planned = remaining(plan_of(again.record.plan, ""), ["host", "ptp"], again.trials())
    assert planned
    names = {line["load"] for line in old[0]["loads"]}
    assert all({step.load for step in trial.steps} == names for trial in planned)
    resuming.show(run, None, "-")
    assert json.loads(capsys.readouterr().out)["trials"] == len(planned)


def test_more_blocks_are_kept_in_run_json_with_the_former(run: Path) -> None:
    extend.extend(run, 4)
    record = json.loads((run / "run.json").read_text())
    assert record["plan"]["blocks"] == 4
    (entry,) = record["extended"]
    assert (entry["from_blocks"], entry["to_blocks"]) == (2, 4)
    jsonschema.Draft202012Validator(schemas.schema("run")).validate(record)
    with RunDirectory.open(run) as again:
        assert not again.data().complete
    extend.extend(run, 4)
    assert json.loads((run / "run.json").read_text()) == record


def test_fewer_blocks_are_refused(run: Path) -> None:
    with pytest.raises(UsageError, match="less than the 2 blocks"):
        extend.extend(run, 1)


def test_a_study_that_stops_by_its_precision_cannot_be_extended(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["plan"] |= {"until": ["p50=2%"], "blocks": 60}
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match="--until"):
        extend.extend(run, 80)


@pytest.mark.parametrize("options", [{"networks": ["ptp"]}, {"seed": 0}, {"quick": True}, {"loads": "50%"}])
def test_options_of_the_plan_are_refused(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(UsageError, match=f"--{name}"):
        resuming.refuse(None, {"blocks": 9, **options}, None)


def test_a_plan_and_an_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the plan"):
        resuming.refuse(tmp_path / "plan.toml", {}, None)
    with pytest.raises(UsageError, match="--out"):
        resuming.refuse(None, {}, tmp_path)


def test_blocks_alone_may_be_given() -> None:
    resuming.refuse(None, {"blocks": 9, "quick": False, "seed": None}, None)
