"""What `barewire study` does before a session and after it: which clock is chosen, which exit code the study ends with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from barewire.cli import doctor, outcome, ready, study
from barewire.errors import MeasurementError, PrerequisiteError, UsageError
from barewire.kernel.activity import Activity
from barewire.lab.doctor import Check
from barewire.records import Finding
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import added
from barewire.study.execution.preflight import Preflight
from barewire.study.execution.session import Session, StudyEnd, Surroundings
from tests.support import synthetic

NETWORKS = dict.fromkeys(("docker", "flannel/vxlan", "ptp"), 1.3)
QUIET = Activity(1.0, {}, {}, (), 0.0, "tsc", 0, None)


class NotedSession:
    """Notes the plan of the session that is run, and measures nothing."""

    ran: StudyPlan | None = None

    def __init__(self, plan: StudyPlan, path: Path, *_: object) -> None:
        self.plan = plan

    def run(self, around: Surroundings, preflight: Mapping[str, Any]) -> StudyEnd:
        NotedSession.ran = self.plan
        return StudyEnd(Path(), factor="tune")


def invoke(*words: str) -> Any:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(study.command)
    return CliRunner().invoke(app, [*words, "--seed", "1", "--networks", "ptp"])


@pytest.fixture(params=[True, False], ids=["fit", "busy"])
def fit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the machine is found fit for a wall-clock study."""
    reasons = () if request.param else (Finding("busy CPU", "CPU 0 was 100 % busy"),)

    @contextmanager
    def watched(plan: StudyPlan, say: object) -> Iterator[Preflight]:
        yield Preflight(QUIET, reasons)

    monkeypatch.setattr(NotedSession, "ran", None)
    monkeypatch.setattr(ready, "watched", watched)
    monkeypatch.setattr(Session, "begin", NotedSession)
    monkeypatch.setattr(outcome, "conclude", lambda *_: None)
    return bool(request.param)


def test_the_automatic_clock_counts_only_on_a_busy_machine(fit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "hindrance", lambda: None)
    done = invoke("--clock", "auto")
    assert done.exit_code == 0, done.output
    assert NotedSession.ran is not None and NotedSession.ran.clock == ("wall" if fit else "counted")
    assert ("so instructions are counted" in done.output) == (not fit)


def test_the_automatic_clock_stops_where_no_vm_can_count(fit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "hindrance", lambda: PrerequisiteError("QEMU is not installed"))
    done = invoke("--clock", "auto")
    assert done.exit_code == (0 if fit else ready.UNFIT)
    assert (NotedSession.ran is not None) == fit


def test_without_a_clock_a_busy_machine_stops_the_study(fit: bool) -> None:
    done = invoke()
    assert done.exit_code == (0 if fit else ready.UNFIT)
    assert (NotedSession.ran is not None) == fit


@pytest.mark.parametrize("words", [("--networks", ""), ("--networks", "ptp,,docker"), ("--network", "")])
def test_an_empty_network_is_refused(words: tuple[str, ...]) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(study.command)
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, UsageError) and "a network's name is empty" in str(done.exception)


@pytest.mark.parametrize(("effect", "code"), [(0.8, MeasurementError.exit_code), (0.01, 0)])
def test_a_study_without_conclusion_ends_with_3(
    tmp_path: Path, effect: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    synthetic.write_run(run, NETWORKS, blocks=3, requests=3000, effect=effect, unavailable=None, rejected=False)
    ended = StudyEnd(run, runs={"": run})
    if code:
        with pytest.raises(typer.Exit) as caught:
            outcome.conclude(ended, None, ())
        assert caught.value.exit_code == code == 3
    else:
        outcome.conclude(ended, None, ())
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("NO CONCLUSION") == bool(code), last


def test_the_last_line_of_the_doctor_says_what_can_run() -> None:
    bad, poor = Check("nginx", "bad", "is not installed"), Check("qdisc:netem", "poor", "lacks")
    clock = Check("wall clock", "good", "fit"), Check("wall clock", "poor", "busy")
    assert doctor.conclusion([bad, clock[0]]) == "No study can run on this machine: see nginx above."
    assert doctor.conclusion([poor, clock[0]]) == (
        "Studies can run on this machine, with limits for: qdisc:netem. It is fit for wall-clock studies now."
    )
    assert doctor.conclusion([clock[1]]).endswith("It is not fit for wall-clock studies now: see wall clock above.")
