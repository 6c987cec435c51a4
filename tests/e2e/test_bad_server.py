"""A server that is not what it should be ends its trial: counted, named, exit 3, no hang, no half-written file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.e2e.command import TINY, Done, barewire

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


def study(folder: Path, kind: str, after: int) -> Done:
    """A tiny study whose nginx is good for so many starts; it must end within five minutes."""
    programs = folder / "programs"
    programs.mkdir()
    fake = programs / "nginx"
    fake.write_text(f"#!{sys.executable}\n" + Path(__file__).with_name("bad_nginx.py").read_text())
    fake.chmod(0o755)
    told = ["env", f"PATH={programs}:/usr/sbin:/usr/bin:/sbin:/bin", f"BAD_NGINX={kind}:{after}"]
    told.append(f"BAD_NGINX_STARTS={folder / 'starts'}")
    (folder / "starts").touch()
    options = (*TINY, "--kinds", "rate", "--networks", "host", "--connections", "4", "--server", "nginx")
    return barewire("study", *options, "--out", str(folder / "run"), before=told, seconds=300)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_bad_from_the_beginning_is_told_and_leaves_no_run(kind: str, tmp_path: Path) -> None:
    done = study(tmp_path, kind, 0)
    assert done.code == 3, done.err
    assert "nginx" in done.sentence or "answered" in done.sentence or "load" in done.sentence
    assert not (tmp_path / "run" / "run.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_turns_bad_rejects_every_trial_with_what_it_did(kind: str, tmp_path: Path) -> None:
    # Good while the machine is looked at and the maximum rate is searched.
    done = study(tmp_path, kind, 1)
    assert done.code == 3, done.err
    assert "incomplete" in done.sentence or "rejected" in done.sentence
    run = tmp_path / "run"
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
