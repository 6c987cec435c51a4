"""The project's own workflows are ones that GitHub reads, and the release publishes only what was tried."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(file: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value; GitHub does not.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(file.read_text()).items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_has_valid_steps_and_time_limits(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
        assert all(("run" in step) != ("uses" in step) for step in job["steps"])
        for script in (step["run"] for step in job["steps"] if "run" in step):
            checked = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
            assert checked.returncode == 0, checked.stderr


def test_a_release_publishes_what_was_tried() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    publish = jobs["publish"]
    assert publish["if"] == "github.ref_type == 'tag'"
    assert {"sdist", "try"} == set(publish["needs"]) == set(jobs["image"]["needs"])
    assert jobs["try"]["needs"] == "exchange" and jobs["exchange"]["needs"] == "wheel"
    rights = {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert rights == {"publish": {"id-token": "write"}, "image": {"contents": "read", "packages": "write"}}


def test_the_release_finds_the_version(tmp_path: Path) -> None:
    jobs = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    (script,) = [step["run"] for step in jobs["sdist"]["steps"] if "tag" in step.get("if", "")]
    (version,) = re.findall(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(), re.MULTILINE)
    (tmp_path / "meson.build").write_text((ROOT / "meson.build").read_text())
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {version} (2026-01-01)\n")
    for tag, code in ((f"v{version}", 0), ("v0.0.1", 1), (version, 1)):
        done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env={"GITHUB_REF_NAME": tag}, check=False)
        assert done.returncode == code, tag
