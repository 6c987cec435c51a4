"""`barewire compare` as people and CI jobs use it: its exit codes, its words, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.support import synthetic
from tests.support.command import barewire, barewire_inside
from tests.unit import test_compare_grid


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("compare")
    return (
        synthetic.write_run(folder / "before", {"flannel/vxlan": 1.5}, seed=1),
        synthetic.write_run(folder / "after", {"flannel/vxlan": 1.65}, seed=2),
    )


def test_a_regression_is_in_sentence_table_and_exit_code(runs: tuple[Path, Path]) -> None:
    before, after = map(str, runs)
    assert barewire_inside("compare", before, after).code == 0
    failed = barewire("compare", before, after, "--gate", "vxlan p99 <= 5%")
    assert failed.code == 1
    assert failed.out.startswith("vxlan p99 <= 5%: FAILS, the change of the overhead is +")
    assert barewire_inside("compare", before, after, "--gate", "vxlan p99 <= 30%").code == 0
    assert barewire_inside("compare", before, after, "--gate", "ipvlan/l2 p99 <= 30%").code == 3


def test_json_is_valid_and_alone_on_standard_output(runs: tuple[Path, Path]) -> None:
    done = barewire("compare", *map(str, runs), "--json", "--gate", "vxlan p99 <= 30%")
    assert done.code == 0
    jsonschema.Draft202012Validator(schemas.schema("compare")).validate(json.loads(done.out))
    assert done.err.startswith("vxlan p99 <= 30%: holds")
    table = barewire("compare", *map(str, runs), "--markdown")
    assert "| flannel/vxlan | p99 at 50" in table.out


def _not_a_run(run: Path) -> None:
    (run / "run.json").unlink()


def _truncated(run: Path) -> None:
    text = (run / "trials.ndjson").read_text()
    lines = text.splitlines(keepends=True)
    (run / "trials.ndjson").write_text("".join([*lines[:3], lines[3][:200] + "\n", *lines[4:]]))


def _of_the_future(run: Path) -> None:
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace("barewire/run/2", "barewire/run/3"))


def _half_a_summary(run: Path) -> None:
    text = (run / "summary.json").read_text()
    (run / "summary.json").write_text(text[: len(text) // 2])


def _words_for_numbers(run: Path) -> None:
    text = (run / "trials.ndjson").read_text()
    (run / "trials.ndjson").write_text(text.replace('"rate_per_s":', '"rate_per_s":"', 1).replace(",", '",', 1))


def _no_trials(run: Path) -> None:
    (run / "trials.ndjson").write_text("")


def _another_machine(run: Path) -> None:
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace("Example CPU 3.0 GHz", "Example CPU 9.0 GHz"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_not_a_run, "has no run.json"),
        (_truncated, "trials.ndjson, line 4"),
        (_of_the_future, "newer barewire"),
        (_words_for_numbers, "trials.ndjson, line"),
        (_no_trials, "has no valid trial"),
        (_another_machine, "cpu.model was Example CPU 3.0 GHz, is Example CPU 9.0 GHz"),
    ],
)
def test_a_damaged_or_unlike_run_is_refused_with_its_place(
    runs: tuple[Path, Path], tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    copy = Path(shutil.copytree(runs[1], tmp_path / "copy"))
    damage(copy)
    done = barewire_inside("compare", str(runs[0]), str(copy))
    assert done.code == 2, done.out
    assert said in done.sentence


def test_a_damaged_summary_changes_no_comparison(runs: tuple[Path, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[1], tmp_path / "copy"))
    _half_a_summary(copy)
    done, whole = (barewire_inside("compare", str(runs[0]), str(one), "--format", "json") for one in (copy, runs[1]))
    assert done.code == whole.code and done.out.replace(str(copy), str(runs[1])) == whole.out


def test_a_damaged_histogram_is_named_when_it_is_needed(tmp_path: Path) -> None:
    few = [synthetic.write_run(tmp_path / name, {"ptp": 1.2}, requests=3000) for name in ("one", "two")]
    (few[1] / "histograms" / "0005.hlog").write_text("Tag=latency/50%/100,1,1,1,HISTxyz\n")
    done = barewire_inside("compare", *map(str, few), "--full")
    assert done.code == 2
    assert "0005.hlog" in done.sentence


def test_a_cut_last_line_and_a_partial_run_are_said_and_compared(runs: tuple[Path, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[1], tmp_path / "copy"))
    text = (copy / "trials.ndjson").read_bytes()
    (copy / "trials.ndjson").write_bytes(text[:-50])
    (copy / "summary.json").unlink()
    done = barewire_inside("compare", str(runs[0]), str(copy))
    assert done.code == 0, done.err
    assert "was cut off" in " ".join(done.out.split())
    assert "is partial" in " ".join(done.out.split())


def test_a_wrong_gate_is_a_usage_error_before_anything_is_read(tmp_path: Path) -> None:
    done = barewire_inside("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--gate", "vxlan p98 <= 5%")
    assert done.code == 2
    assert "Did you mean p99" in done.sentence


def test_a_history_shows_its_steps_and_fails_if_asked_to(tmp_path: Path) -> None:
    for i in range(12):
        path = synthetic.write_run(
            tmp_path / f"run-{i:02d}", {"ptp": 1.2 if i < 6 else 2.4}, blocks=2, seed=i, requests=400
        )
        record = json.loads((path / "run.json").read_text())
        (path / "run.json").write_text(json.dumps({**record, "created": f"2026-01-{i + 1:02d}T00:00:00Z"}))
    done = barewire_inside("history", str(tmp_path))
    assert done.code == 0, done.err
    assert f"somewhere between {tmp_path}/run-05 and {tmp_path}/run-06." in done.out
    printed = barewire_inside("history", str(tmp_path), "--json", "--fail")
    assert printed.code == 1
    jsonschema.Draft202012Validator(schemas.schema("history")).validate(json.loads(printed.out))
    assert barewire_inside("history", str(tmp_path), "--fail", "--since", "2026-01-08").code == 0
    refused = barewire_inside("history", str(tmp_path / "run-00" / "histograms"))
    assert refused.code == 2
    assert "there is no run below" in refused.sentence
    assert barewire_inside("history", str(tmp_path), "--error", "0.5").code == 2


def test_the_report_over_conditions_has_all_of_them(tmp_path: Path) -> None:
    path = str(test_compare_grid.study(tmp_path / "study", test_compare_grid.KERNELS, blocks=3))
    assert barewire_inside("report", path).out.rstrip() == barewire_inside("compare", path).out.rstrip()
    markdown = barewire_inside("report", path, "--format", "markdown").out
    assert markdown.rstrip() == barewire_inside("compare", path, "--markdown").out.rstrip()
    done = barewire_inside("report", path, "--format", "html", "--out", f"{path}/report.html")
    assert (done.code, done.err) == (0, "")
    assert "What container networks cost on Linux 6.1 and 6.12" in Path(path, "report.html").read_text()
    refused = barewire_inside("report", path, "--format", "csv")
    assert refused.code == 2
    assert "csv is a format of a run" in refused.sentence and f"{path}/6.1" in refused.sentence
