"""Tuning as people type it: by hand with the doctor, for a study, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from barewire import schemas
from barewire.kernel.tuning import fake
from barewire.kernel.tuning.ledger import Ledger, Record
from barewire.kernel.tuning.setting import Tree
from tests.support.command import TINY, barewire, barewire_inside, study

COST = Path("/proc/sys/net/core/message_cost")
"""A real setting that nobody feels, and another than tests/crash changes at the same time."""
LOUD = '[machine.sysctls]\n"net.core.message_cost" = 17\n[lab.sysctls]\n"net.ipv4.tcp_fin_timeout" = 10\n'
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="this machine's settings may be changed by root alone")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own in it, and a profile."""
    monkeypatch.setenv("BAREWIRE_STATE", str(tmp_path / "state"))
    (tmp_path / "loud.toml").write_text(LOUD)
    return tmp_path


@pytest.fixture
def machine(folder: Path) -> Tree:
    return fake.make(folder / "machine")


@pytest.fixture
def cost() -> Iterator[str]:
    """The value of the one real setting that is changed here."""
    before = COST.read_text().strip()
    yield before
    after = COST.read_text().strip()
    if after != before:
        COST.write_text(before)
    assert after == before


def documents(path: Path) -> list[dict[str, Any]]:
    return [json.loads((path / name / "run.json").read_text()) for name in ("none", "loud")]


def test_show_without_a_profile_lists_profiles_and_the_holder(machine: Tree) -> None:
    shown = json.loads(barewire_inside("tune", "show", "--root", str(machine.root), "--json").out)
    assert [one["name"] for one in shown["profiles"]][:3] == ["none", "study-2016", "latency"]
    assert shown["held"] is None


@pytest.mark.kernel
def test_show_has_now_wanted_can_and_how_to_type_it(machine: Tree) -> None:
    arguments = ("tune", "show", "study-2016", "--root", str(machine.root))
    shown = json.loads(barewire_inside(*arguments, "--json").out)
    rows = {row["setting"]: row for row in shown["settings"]}
    assert rows["governor cpu0"] == {
        "part": "machine", "setting": "governor cpu0", "now": "schedutil", "wanted": "performance", "met": False, "can": True,
        "reason": "", "typed": "echo performance > /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    }  # fmt: skip
    assert rows["net.ipv4.tcp_fin_timeout"]["part"] == "lab"
    table = barewire_inside(*arguments).out
    assert "governor cpu3" in table
    lines = table.splitlines()
    assert [row["typed"] for row in rows.values() if row["typed"] and row["typed"] not in lines] == []
    assert "no_turbo" not in table


def test_apply_holds_until_restore_and_twice_is_as_once(machine: Tree) -> None:
    arguments = ("--root", str(machine.root))
    for _ in range(2):
        done = barewire("tune", "apply", "latency", *arguments)
        assert done.code == 0, done.err
    assert machine.read("/proc/sys/net/core/busy_poll") == "50"
    assert json.loads(barewire("tune", "show", *arguments, "--json").out)["held"]["profile"] == "latency"
    restored = barewire("tune", "restore")
    assert restored.code == 0, restored.err
    assert "net.core.busy_poll: 0 put back" in restored.out
    assert machine.read("/proc/sys/net/core/busy_poll") == "0"
    assert barewire("tune", "restore").out.startswith("nothing to restore")


def test_apply_says_what_could_not_be_set_and_exits_1(machine: Tree) -> None:
    machine.path_of("/proc/sys/net/core/busy_poll").unlink()
    done = barewire("tune", "apply", "latency", "--root", str(machine.root))
    assert done.code == 1
    assert "net.core.busy_poll: not set: this kernel does not have it" in done.out
    assert machine.read("/proc/sys/net/core/busy_read") == "50"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tune", "show", "lateny"), "Did you mean latency?"),
        (("tune", "apply", "lateny"), "Did you mean latency?"),
        (("study", "--tune", "study2016", "--dry-run"), "Did you mean study-2016?"),
        (("study", "--tune", "none,none", "--dry-run"), "listed twice"),
        (("study", "--tune", "./absent.toml", "--dry-run"), "absent.toml cannot be read"),
    ],
)
def test_a_wrong_word_is_refused_in_one_sentence(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = barewire_inside(*arguments)
    assert done.code == 2
    assert said in done.sentence


def test_a_damaged_record_stops_only_what_changes_settings(folder: Path, machine: Tree) -> None:
    (folder / "state").mkdir()
    (folder / "state" / "tuning.json").write_text('{"schema": ')
    for action in (("apply", "latency"), ("restore",)):
        done = barewire("tune", *action, "--root", str(machine.root))
        assert done.code == 2
        assert "tuning.json" in done.err and "is damaged" in done.err
        assert "Traceback" not in done.err
    assert machine.read("/proc/sys/net/core/busy_poll") == "0"
    listed = barewire("networks")
    assert listed.code == 0
    assert "is damaged" in listed.err


@root_only
@pytest.mark.kernel
def test_a_study_over_tunings_has_a_run_each_and_one_maximum(folder: Path, cost: str) -> None:
    out = folder / "out"
    done = study(
        *TINY, "--blocks", "2", "--workloads", "http", "--networks", "host", "--tune", f"none,{folder}/loud.toml",
        "--out", str(out), "--seed", "3", "--json", str(folder / "all.json"),
    )  # fmt: skip
    assert done.code in (0, 3) and (out / "study.json").exists(), done.err  # 3: a machine too busy
    whole = json.loads((out / "study.json").read_text())
    jsonschema.Draft202012Validator(schemas.schema("study")).validate(whole)
    runs = documents(out)
    for run in runs:
        jsonschema.Draft202012Validator(schemas.schema("run")).validate(run)
    assert [run["condition"]["study"] for run in runs] == [whole["study"]] * 2
    assert runs[0]["maximum"] == runs[1]["maximum"]
    assert [run["plan"]["tune"] for run in runs] == [["none"], [f"{folder}/loud.toml"]]
    loud = runs[1]["tuning"]
    assert (loud["machine"][0]["before"], loud["machine"][0]["after"], loud["lab"][0]["after"]) == (cost, "17", "10")
    assert runs[1]["environment"]["sysctls"]["net.ipv4.tcp_fin_timeout"] == "10"
    assert runs[0]["environment"]["sysctls"]["net.ipv4.tcp_fin_timeout"] != "10"
    trials = [
        (one["started"], one["block"])
        for name in ("none", "loud")
        for one in map(json.loads, (out / name / "trials.ndjson").read_text().splitlines())
    ]
    blocks = [block for _, block in sorted(trials)]
    assert blocks == sorted(blocks), "no condition begins a block before all have ended the last"
    assert set(json.loads((folder / "all.json").read_text())["conditions"]) == {"none", "loud"}
    page = (out / "report.html").read_text()
    assert 'href="none/report.html"' in page and 'href="loud/report.html"' in page
    assert f"All together: {out / 'report.html'}" in done.out
    assert "Tuning: loud, 2 of 2\u00a0settings." in barewire("report", str(out / "loud")).out
    assert "loud, 2 of 2\u00a0settings" in (out / "loud" / "report.html").read_text()


@root_only
@pytest.mark.kernel
def test_a_second_study_that_would_tune_is_refused(folder: Path, cost: str) -> None:
    arguments = ("study", *TINY, "--networks", "host", "--tune", f"{folder}/loud.toml", "--out", str(folder / "out"))
    lock = Ledger().lock()
    assert lock is not None
    Ledger().write(_held_by(os.getpid()))
    try:
        done = barewire(*arguments)
    finally:
        Ledger().write(None)
        os.close(lock)
    assert done.code == 2
    assert f"the study with process {os.getpid()} holds" in done.sentence
    assert not (folder / "out").exists()


@root_only
@pytest.mark.kernel
def test_a_required_setting_that_is_missing_refuses_the_study(folder: Path) -> None:
    (folder / "strict.toml").write_text('required = ["sysctls"]\n[machine.sysctls]\n"net.core.no_such_thing" = 1\n')
    done = barewire(
        "study", *TINY, "--networks", "host", "--tune", f"{folder}/strict.toml", "--out", str(folder / "out")
    )
    assert done.code == 2
    assert "net.core.no_such_thing: this kernel does not have it" in done.sentence
    assert not (folder / "out").exists()


@root_only
def test_where_proc_is_read_only_that_is_the_reason(folder: Path, cost: str) -> None:
    mounts = 'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"'
    closed = ["unshare", "-m", "sh", "-c", mounts, "sh"]
    if subprocess.run([*closed, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this container lets nobody mount")
    done = barewire("tune", "apply", f"{folder}/loud.toml", before=closed)
    assert done.code == 1
    assert "mounted read-only" in done.out


@root_only
def test_without_root_nothing_is_changed_and_why_is_said(folder: Path, cost: str) -> None:
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    reaches = subprocess.run([*user, sys.executable, "-c", "import barewire"], capture_output=True, check=False)
    if reaches.returncode != 0:
        pytest.skip("an ordinary user cannot reach this Python")
    shown = barewire("tune", "show", "latency", "--json", before=user)
    rows = {row["setting"]: row for row in json.loads(shown.out)["settings"]}
    assert rows["net.core.busy_poll"]["reason"] in ("it takes root", "")
    done = barewire("tune", "apply", "latency", before=user)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
    assert "root" in done.out + done.err


def _held_by(pid: int) -> Record:
    return Record("mine", "study", pid, "2026-01-01T00:00:00Z", "/", ())
