"""A run directory never loses a whole trial, never counts half a one, and says what is wrong with what it refuses."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barewire.errors import MeasurementError, RunError
from barewire.records import RunRecord, Trial, plain
from barewire.study.design.blocks import PlannedTrial, block
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.run import RunDirectory, default_path
from barewire.workloads.generator import histogram
from tests.support import synthetic
from tests.support.records import run_of, trial_of

PLAN = StudyPlan(networks=("host", "ptp"), blocks=2, seed=3, loads=("50%",), sizes=(100,))
WORLD = synthetic.World({"host": 1.0, "ptp": 1.2}, 0.01, 300, 3)
PLANNED: tuple[PlannedTrial, ...] = tuple(t for n in (1, 2) for t in block(PLAN, PLAN.networks, n))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunDirectory]:
    with RunDirectory.create(tmp_path / "run", run_of(synthetic.run_record(PLAN))) as directory:
        yield directory


def append(run: RunDirectory, count: int = 1) -> None:
    for _ in range(count):
        number = run.next_trial
        record, entries = synthetic.trial_record(PLANNED[number - 1], WORLD, number)
        run.append_trial(trial_of(record), entries)


def refused(path: Path, *, write: bool = False) -> str:
    with pytest.raises(RunError) as caught:
        RunDirectory.open(path, write=write)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_what_was_appended_is_read_back_with_its_histograms(run: RunDirectory) -> None:
    append(run, 3)
    again = RunDirectory.open(run.path)
    assert again.record == run.record
    assert again.trials() == run.trials()
    assert [t.trial for t in again.trials()] == [1, 2, 3]
    assert again.notes == []
    assert {entry.tag for entry in again.histograms(2)} >= {
        "latency/50%/100",
        "service/50%/100",
        "connect/http-crr/100",
    }


def test_a_trial_is_numbered_after_the_last_one_only(run: RunDirectory) -> None:
    append(run)
    assert run.next_trial == 2
    with pytest.raises(ValueError, match="the next is 2"):
        run.append_trial(Trial("barewire/trial/2", 5, "host", valid=True), ())


def test_a_number_that_is_not_a_number_never_gets_into_the_run(run: RunDirectory) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.append_trial(Trial("barewire/trial/2", 1, "host", valid=True, seconds=float("nan")), ())
    assert (run.path / "trials.ndjson").read_bytes() == b""


def test_a_run_is_made_only_where_nothing_is(run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"already holds a run. Resume it with --resume .*run, or give another --out"):
        RunDirectory.create(run.path, run.record)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(RunError, match="not an empty directory"):
        RunDirectory.create(tmp_path / "mine", run.record)
    with pytest.raises(RunError, match="not an empty directory"):
        RunDirectory.refuse(tmp_path / "mine" / "thesis.txt")
    (tmp_path / "empty").mkdir()
    RunDirectory.create(tmp_path / "empty", run.record).close()


def test_an_unwritable_folder_is_refused_before_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an ordinary user has it; root may write anywhere."""
    closed = tmp_path / "closed"
    closed.mkdir()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and access(path, mode))
    for path in (closed / "run", closed / "deep" / "run"):
        with pytest.raises(RunError, match=r"cannot be made: this user may not write to .*closed"):
            RunDirectory.refuse(path)
    with pytest.raises(RunError, match=r"closed cannot be written: this user may not write .* Give another --out"):
        RunDirectory.refuse(closed)
    RunDirectory.refuse(tmp_path / "open" / "run")


def test_a_run_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="file is not a directory"):
        RunDirectory.refuse(tmp_path / "file" / "run")
    with pytest.raises(RunError, match="cannot be made"):
        RunDirectory.create(tmp_path / "file" / "run", RunRecord("barewire/run/2"))


def test_two_studies_cannot_write_into_one_run(run: RunDirectory) -> None:
    assert "another study is writing" in refused(run.path, write=True)
    RunDirectory.open(run.path)  # reading is always allowed
    run.close()
    RunDirectory.open(run.path, write=True).close()


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    script = (
        "import sys, os; from pathlib import Path; from barewire.study.execution.run import RunDirectory;"
        "from tests.support.records import run_of;"
        f"run = run_of({synthetic.run_record(PLAN)!r});"
        f"RunDirectory.create(Path({str(tmp_path / 'run')!r}), run); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == -9
    RunDirectory.open(tmp_path / "run", write=True).close()


@pytest.fixture(scope="module")
def two_trials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cut") / "run"
    with RunDirectory.create(path, run_of(synthetic.run_record(PLAN))) as directory:
        append(directory, 2)
    return path


def test_wherever_the_last_line_is_cut_only_that_trial_is_lost(run: RunDirectory) -> None:
    append(run)
    run.append_trial(trial_of(synthetic.unfinished_record(PLANNED[1], 2)), ())
    run.close()
    file = run.path / "trials.ndjson"
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) + 1):
        file.write_bytes(whole[:end])
        with RunDirectory.open(run.path, write=True) as again:
            kept = 2 if end >= len(whole) - 1 else 1
            assert len(again.trials()) == kept, end
            assert bool(again.notes) == (first < end < len(whole) - 1), end
        # After the repair the file is what an undisturbed study would have left.
        assert file.read_bytes() == (whole if kept == 2 else whole[:first])


def test_a_reader_keeps_a_cut_line_and_reports_it(two_trials: Path) -> None:
    file = two_trials / "trials.ndjson"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[:-20])
        run = RunDirectory.open(two_trials)
        assert len(run.trials()) == 1
        assert "line 2 was cut off while it was written" in run.notes[0]
        assert file.read_bytes() == whole[:-20]
    finally:
        file.write_bytes(whole)


def test_a_resumed_run_goes_on_with_the_trial_that_was_cut(two_trials: Path) -> None:
    file = two_trials / "trials.ndjson"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    with RunDirectory.open(two_trials, write=True) as run:
        assert run.next_trial == 2
        append(run)
    assert file.read_bytes() == whole


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_garbage_at_the_end_is_a_cut_line_or_a_clear_error(two_trials: Path, garbage: bytes) -> None:
    file = two_trials / "trials.ndjson"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole + garbage)
        run = RunDirectory.open(two_trials)
        assert len(run.trials()) == 2
        assert bool(run.notes) == bool(garbage)
    except RunError as error:
        assert "trials.ndjson, line" in str(error)
    finally:
        file.write_bytes(whole)


def test_a_damaged_line_in_the_middle_is_refused_with_its_number(run: RunDirectory) -> None:
    append(run, 3)
    file = run.path / "trials.ndjson"
    lines = file.read_bytes().split(b"\n")
    lines[1] = lines[1][:100]
    file.write_bytes(b"\n".join(lines))
    message = refused(run.path)
    assert "trials.ndjson, line 2" in message
    assert "Restore the file" in message


def test_a_line_without_a_required_key_is_refused_with_the_key(run: RunDirectory) -> None:
    append(run)
    file = run.path / "trials.ndjson"
    record = json.loads(file.read_bytes())
    del record["loads"]
    file.write_text(json.dumps(record) + "\n")
    assert "'loads' is missing" in refused(run.path)


def test_a_run_of_a_newer_version_asks_for_an_upgrade(run: RunDirectory) -> None:
    file = run.path / "run.json"
    file.write_text(file.read_text().replace("barewire/run/2", "barewire/run/3"))
    message = refused(run.path)
    assert "made by a newer barewire (format barewire/run/3" in message
    assert "Upgrade barewire" in message


def test_a_trial_of_a_newer_version_asks_for_an_upgrade(run: RunDirectory) -> None:
    append(run)
    file = run.path / "trials.ndjson"
    file.write_bytes(file.read_bytes().replace(b"barewire/trial/2", b"barewire/trial/9").rstrip(b"\n"))
    assert "newer barewire" in refused(run.path)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"schema": "someone/else/1"}', '{"schema": 7}', '{"schema": "barewire/trial/2"}']
)
def test_a_foreign_run_json_is_refused(run: RunDirectory, text: str) -> None:
    (run.path / "run.json").write_text(text)
    assert "not a run of barewire" in refused(run.path)


def test_a_cut_run_json_is_refused_with_its_line(run: RunDirectory) -> None:
    file = run.path / "run.json"
    text = file.read_text()
    file.write_text("\n".join(text.splitlines()[:7]))
    assert "run.json, line 7" in refused(run.path)


def test_what_is_no_run_at_all_is_refused(tmp_path: Path) -> None:
    assert "there is no run" in refused(tmp_path / "absent")
    assert "not a barewire run: it has no run.json" in refused(tmp_path)


def test_missing_or_damaged_histograms_are_named(run: RunDirectory) -> None:
    append(run)
    log = run.path / "histograms" / "0001.hlog"
    log.unlink()
    with pytest.raises(RunError, match=r"histograms of trial 1 cannot be read .*0001.hlog"):
        run.histograms(1)


def test_a_full_disk_stops_the_study_and_loses_nothing(run: RunDirectory) -> None:
    append(run, 2)
    before = (run.path / "trials.ndjson").read_bytes()
    found, entries = synthetic.trial_record(PLANNED[2], WORLD, 3)
    record = trial_of(found)
    # The kernel's own limit on a file's size stands for the disk: the same refusal in the middle of a write.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 200, limits[1]))
    try:
        with pytest.raises(MeasurementError) as caught:
            run.append_trial(record, ())
        with pytest.raises(MeasurementError):
            run.append_trial(record, [*entries] * 40)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert caught.value.exit_code == 3
    assert "trial 3 cannot be written" in str(caught.value) and "ulimit -f" in str(caught.value)
    assert os.strerror(errno.EFBIG) in str(caught.value)
    assert f"--resume {run.path} goes on" in str(caught.value)
    assert (run.path / "trials.ndjson").read_bytes() == before
    assert sorted(p.name for p in (run.path / "histograms").iterdir()) == ["0001.hlog", "0002.hlog"]
    append(run)
    assert len(RunDirectory.open(run.path).trials()) == 3


def test_a_disk_without_room_for_a_run_keeps_nothing_of_it(run: RunDirectory, tmp_path: Path) -> None:
    """There is nothing to resume, and the same --out is free again."""
    path = tmp_path / "full"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(MeasurementError) as caught:
            RunDirectory.create(path, run.record)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert "cannot be written" in str(caught.value) and "--resume" not in str(caught.value)
    assert list(path.iterdir()) == []
    RunDirectory.create(path, run.record).close()


def test_a_run_that_is_removed_meanwhile_is_a_clear_error(run: RunDirectory) -> None:
    append(run, 2)
    found, entries = synthetic.trial_record(PLANNED[2], WORLD, 3)
    shutil.rmtree(run.path)
    for write in (lambda: run.append_trial(trial_of(found), entries), run.summarise):
        with pytest.raises(RunError, match="while its study is running"):
            write()


def test_a_summary_is_replaced_as_a_whole(run: RunDirectory) -> None:
    first = run.summarise()
    append(run, 4)
    second = run.summarise()
    assert first != second
    assert json.loads((run.path / "summary.json").read_text()) == plain(second)
    assert not list(run.path.glob("*.partial"))


def test_the_default_directory_has_the_time_and_the_seed() -> None:
    assert default_path(7, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == Path("barewire-runs/20260102T030405Z-7")


def test_a_written_log_is_read_by_the_hdrhistogram_package(run: RunDirectory) -> None:
    from hdrh.histogram import HdrHistogram
    from hdrh.log import HistogramLogReader

    append(run)
    reader = HistogramLogReader(str(run.path / "histograms" / "0001.hlog"), HdrHistogram(1, 3600 * 10**9, 3))
    theirs = []
    while (found := reader.get_next_interval_histogram()) is not None:
        theirs.append((found.get_tag(), found.get_total_count()))
    reader.close()
    ours = histogram.read_log(run.path / "histograms" / "0001.hlog")
    assert theirs == [(entry.tag, entry.histogram.count) for entry in ours]
