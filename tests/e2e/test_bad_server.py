"""A server that is not what it should be ends its trial: counted, named, exit 3, no hang, no half-written file."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.support.command import TINY, Done, barewire, with_run
from tests.support.command import study as study_process

pytestmark = pytest.mark.kernel

KINDS = {
    "absent": ("it does not start today",),
    "closes": ("closed",),
    "garbage": ("garbage",),
    "sizes": ("length",),
    "stalls": ("timeout", "unfinished", "no answer"),
    "dies": ("closed", "connect", "refused"),
}
"""What a trial's rejection must name, any of them."""

ONCE = "from barewire.study.design import gates\ngates.MOST_ATTEMPTS = 1"
"""Code after which a study tries a trial once; that it tries again is tested elsewhere."""


def served(folder: Path, kind: str) -> dict[str, str]:
    """The environment of a `barewire` whose nginx is bad in its way; a real one with `kind` empty."""
    programs = folder / "programs"
    programs.mkdir()
    fake = programs / "nginx"
    fake.write_text(f"#!{sys.executable}\n" + (Path(__file__).parents[1] / "support" / "bad_nginx.py").read_text())
    fake.chmod(0o755)
    return {"PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin", "BAD_NGINX": kind}


def study(folder: Path, kind: str) -> Done:
    """A tiny study; it must end within five minutes."""
    options = (*TINY, "--workloads", "http", "--networks", "host", "--connections", "4", "--server", "nginx")
    return study_process(*options, "--out", str(folder / "run"), environment=served(folder, kind))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose machine was looked at and whose maximum was found while its server was good, and which has no trial yet."""
    folder = tmp_path_factory.mktemp("begun")
    run = folder / "run"
    with_run(study(folder, ""), run)
    (run / "trials.ndjson").write_bytes(b"")
    for made in (run / "summary.json", run / "report.html", *(run / "histograms").iterdir()):
        made.unlink()
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_bad_at_once_is_reported_without_a_run(kind: str, tmp_path: Path) -> None:
    done = study(tmp_path, kind)
    assert done.code == 3, done.err
    assert "nginx" in done.sentence or "answered" in done.sentence or "load" in done.sentence
    assert not (tmp_path / "run" / "run.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_turns_bad_has_every_trial_rejected(kind: str, begun: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(begun, tmp_path / "run"))
    done = barewire(
        "study", "--force", "--resume", str(run), environment=served(tmp_path, kind), seconds=300, first=ONCE
    )
    assert done.code == 3, done.err
    assert "incomplete" in done.sentence or "rejected" in done.sentence
    lines = (run / "trials.ndjson").read_text().splitlines()
    assert lines and not list(run.rglob("*.partial"))
    for line in lines:
        trial = json.loads(line)
        jsonschema.Draft202012Validator(schemas.schema("trial")).validate(trial)
        assert not trial["valid"]
        words = " ".join(f"{one['rule']} {one['detail']}" for one in trial["rejected"])
        assert any(word in words for word in KINDS[kind]), words
    assert not json.loads((run / "summary.json").read_text())["complete"]
    assert (run / "report.html").read_text().rstrip().endswith("</html>")
    assert barewire("report", str(run)).code == 0
