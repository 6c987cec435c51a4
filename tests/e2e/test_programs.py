"""A study of networks that programs build, as users type it: measured, observed, recorded, and not resumed with another file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.support.cni import ATTACH, configuration, plugin
from tests.support.command import TINY, barewire, study, with_run

pytestmark = pytest.mark.kernel
SCRIPT = Path(__file__).parents[2] / "examples/vxlan.sh"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a study of two such networks has run, its run in `run`."""
    folder = tmp_path_factory.mktemp("programs")
    plugin(folder, "first", ATTACH)
    configuration(folder, {"type": "first"})
    shutil.copy(SCRIPT, folder / "build.sh")
    networks = "host,cni:./net.conflist+routes,exec:./build.sh"
    done = study(
        *TINY[:-3], "--workloads", "http-max", "--force", "--networks", networks, "--out", "run",
        environment={"CNI_PATH": str(folder)}, folder=folder,
    )  # fmt: skip
    with_run(done, folder / "run")
    return folder


def test_a_trial_is_observed_and_has_what_was_built(folder: Path) -> None:
    trials = [json.loads(line) for line in (folder / "run/trials.ndjson").read_text().splitlines()]
    found = {trial["network"]: trial for trial in trials}
    for trial in trials:
        jsonschema.validate(trial, schemas.schema("trial"))
        assert trial["proof"].get("observed", False) == (trial["network"] != "host")
    chain, script = found["cni:./net.conflist+routes"], found["exec:./build.sh"]
    assert (chain["setup"]["pod_mtu"], script["setup"]["pod_mtu"]) == (1500, 1450)
    assert [hop["dev"] for hop in script["proof"]["path"]["forward"]].count("vx0") == 2


def test_the_run_keeps_the_files_that_built_its_networks(folder: Path) -> None:
    record = json.loads((folder / "run/run.json").read_text())
    jsonschema.validate(record, schemas.schema("run"))
    texts = {one["name"]: one.get("program") for one in record["networks"]}
    assert texts["exec:./build.sh"] == SCRIPT.read_text()
    assert json.loads(texts["cni:./net.conflist+routes"])["name"] == "net"
    assert texts["host"] is None


def test_the_report_says_observed(folder: Path) -> None:
    page = (folder / "run/report.html").read_text()
    assert "<summary>exec:./build.sh (observed)</summary>" in page
    assert "<summary>host</summary>" in page
    assert "vxlan UDP 4789 VNI 7" in page


def test_a_run_does_not_go_on_with_another_file(folder: Path) -> None:
    with (folder / "build.sh").open("a") as script:
        script.write("# one more line\n")
    refused = barewire("study", "--resume", "run", "--force", environment={"CNI_PATH": str(folder)}, folder=folder)
    assert refused.code == 2
    assert "./build.sh has changed since the run began" in refused.sentence


def test_a_network_without_its_plugin_is_listed_with_the_reason(folder: Path) -> None:
    done = barewire(
        "study", "--dry-run", "--json", "-", "--networks", "host,cni:./net.conflist", folder=folder,
        environment={"CNI_PATH": "/nonexistent"},
    )  # fmt: skip
    assert done.code == 0, done.err
    found = {one["name"]: one for one in json.loads(done.out)["networks"]}
    assert not found["cni:./net.conflist"]["measured"]
    assert "the CNI plugin first is in none of /nonexistent" in found["cni:./net.conflist"]["reason"]
