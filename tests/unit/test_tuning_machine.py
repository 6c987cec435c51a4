"""Changing settings and putting them back, on the machine of files that barewire ships."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from barewire import records, tuning
from barewire.errors import PrerequisiteError, UsageError
from barewire.kernel.tuning import fake, hold, irq, machine
from barewire.kernel.tuning import settings as settings_of
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.setting import Setting, Tree, examine, same
from barewire.tuning.applied import machine_record

BUSY_POLL = "/proc/sys/net/core/busy_poll"
GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return fake.make(tmp_path / "machine")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "state")
    ledger.folder.mkdir()
    return ledger


def contents(tree: Tree) -> dict[str, str]:
    return {
        str(path.relative_to(tree.root)): path.read_text().strip() for path in tree.root.rglob("*") if path.is_file()
    }


def plain(tree: Tree) -> dict[str, str]:
    """What the files mean: a fake of one choice loses its bracket when it is written."""
    return {path: text.strip("[]") for path, text in contents(tree).items()}


def applied(ledger: Ledger, tree: Tree, name: str = "study-2016") -> list[machine.TuningOutcome]:
    return machine.apply(ledger, tuning.find(name).settings(tree), name, "doctor", os.getpid(), tree)


def sysctls(tree: Tree, **values: object) -> list[Setting]:
    return settings_of({"sysctls": {f"net.core.{key}": value for key, value in values.items()}}, tree)


@pytest.mark.parametrize("name", ["none", "study-2016", "latency"])
def test_what_a_profile_changes_is_put_back_exactly(name: str, tree: Tree, ledger: Ledger) -> None:
    before = plain(tree)
    outcomes = applied(ledger, tree, name)
    assert all(outcome.met for outcome in outcomes), outcomes
    assert (plain(tree) != before) == bool(outcomes)
    machine.restore(ledger)
    assert plain(tree) == before
    assert not ledger.file.exists()


def test_study_2016_pins_interrupts_and_sets_governors(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    assert [tree.read(path) for path in tree.glob("/proc/irq/*/smp_affinity_list")] == ["0,2"] * 3
    governors = tree.glob("/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
    assert [tree.read(path) for path in governors] == ["performance"] * fake.CPUS


def test_a_profile_on_top_of_another_keeps_the_first_originals(tree: Tree, ledger: Ledger) -> None:
    before = plain(tree)
    for name in ("study-2016", "latency", "latency", "study-2016"):
        applied(ledger, tree, name)
    machine.restore(ledger)
    assert plain(tree) == before


def test_the_second_profile_puts_back_what_only_the_first_wanted(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree, "study-2016")
    applied(ledger, tree, "latency")
    assert tree.read("/proc/irq/40/smp_affinity_list") == "0-3"
    assert tree.read(GOVERNOR) == "performance"
    applied(ledger, tree, "none")
    assert tree.read(GOVERNOR) == "schedutil"
    assert not ledger.file.exists()


def test_restoring_twice_does_nothing_the_second_time(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    assert machine.restore(ledger)
    before = contents(tree)
    assert machine.restore(ledger) == []
    assert contents(tree) == before


def test_what_others_have_set_since_stays_unless_forced(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    tree.write(BUSY_POLL, "77")
    left = [returned for returned in machine.restore(ledger) if returned.state == "left"]
    assert [returned.entry.path for returned in left] == [BUSY_POLL]
    assert "77" in left[0].detail
    assert tree.read(BUSY_POLL) == "77"
    assert tree.read(GOVERNOR) == "schedutil"
    machine.restore(ledger, force=True)
    assert tree.read(BUSY_POLL) == "0"
    assert not ledger.file.exists()


def test_what_was_as_wanted_before_is_never_touched(tree: Tree, ledger: Ledger) -> None:
    tree.write(BUSY_POLL, "50")
    applied(ledger, tree)
    record = ledger.read()
    assert record is not None
    assert BUSY_POLL not in {entry.path for entry in record.entries}
    tree.write(BUSY_POLL, "10")
    machine.restore(ledger, force=True)
    assert tree.read(BUSY_POLL) == "10"


def test_a_lower_bound_leaves_a_machine_that_has_more(tree: Tree) -> None:
    def wanted(least: str) -> str:
        return settings_of({"sysctls": {"fs.file-max": least}}, tree)[0].wanted

    assert (wanted(">=99999"), wanted(">=100001")) == ("100000", "100001")


class Stop(Exception):
    """Where a SIGKILL would have come."""


def stopping(ledger: Ledger, tree: Tree, steps: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let `steps` writes, of settings or of the ledger, happen, and none after them; returns what ends the spell."""
    left = [steps]
    write, note = Tree.write, Ledger.write

    def counted(original: Callable[..., None]) -> Callable[..., None]:
        def step(*arguments: object) -> None:
            if left[0] == 0:
                raise Stop
            left[0] -= 1
            original(*arguments)

        return step

    monkeypatch.setattr(Tree, "write", counted(write))
    monkeypatch.setattr(Ledger, "write", counted(note))
    return monkeypatch.undo


@pytest.mark.parametrize("seed", range(40))
def test_a_stop_between_any_two_writes_loses_no_original(
    seed: int, tree: Tree, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plain(tree)
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 5)):
        again = stopping(ledger, tree, chance.randrange(0, 15), monkeypatch)
        try:
            for _ in range(3):
                if chance.random() < 0.3:
                    machine.restore(ledger)
                else:
                    applied(ledger, tree, chance.choice(["study-2016", "latency", "none"]))
        except Stop:
            pass
        again()
    machine.restore(ledger)
    assert plain(tree) == before, f"seed {seed}"
    assert not ledger.file.exists()


def test_nothing_is_changed_when_former_values_cannot_be_kept(tree: Tree, tmp_path: Path) -> None:
    before = contents(tree)
    ledger = Ledger(tmp_path / "nowhere")
    with pytest.raises(PrerequisiteError, match="nothing was changed"):
        applied(ledger, tree)
    assert contents(tree) == before


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"schema": "barewire/run/2"}', "\udcff", '{"schema":"barewire/tuning/1","entries":[3]}'],
)
def test_a_damaged_record_is_refused_with_its_place(text: str, tree: Tree, ledger: Ledger) -> None:
    ledger.file.write_bytes(text.encode(errors="surrogateescape"))
    for attempt in (lambda: applied(ledger, tree), lambda: machine.restore(ledger), ledger.read):
        with pytest.raises(UsageError, match="damaged") as caught:
            attempt()
        assert str(ledger.file) in str(caught.value)


def test_a_record_that_would_write_elsewhere_is_refused(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    for path in ("/etc/passwd", "/proc/../etc/passwd", "proc/sys/x"):
        whole = json.loads(ledger.file.read_text())
        whole["entries"][0]["path"] = path
        ledger.file.write_text(json.dumps(whole))
        with pytest.raises(UsageError, match="no setting"):
            machine.restore(ledger)


def test_a_reboot_has_put_everything_back_already(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    whole = json.loads(ledger.file.read_text())
    ledger.file.write_text(json.dumps(whole | {"boot": "another"}))
    assert machine.restore(ledger) == []
    assert not ledger.file.exists()
    assert tree.read(BUSY_POLL) == "50", "the value of this boot is nobody's but the machine's"


def test_the_record_is_for_root_alone(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree)
    assert ledger.file.stat().st_mode & 0o777 == 0o600


def test_interrupts_of_a_card_out_of_sight_are_tuned(tree: Tree) -> None:
    found = irq.settings("0", replace(tree, interrupts=("40", "77")))
    assert [one.path.split("/")[3] for one in found] == ["40", "41", "42", "77"]


def test_an_empty_ledger_leaves_nothing_on_disk(tree: Tree, ledger: Ledger) -> None:
    with hold.Hold(tree, ledger) as held:
        held.apply(sysctls(tree, busy_poll=7), "mine")
        assert ledger.file.exists()
    assert not ledger.folder.exists()


def test_a_lock_whose_file_was_removed_is_taken_anew(ledger: Ledger) -> None:
    first = ledger.lock()
    assert first is not None
    (ledger.folder / "tuning.lock").unlink()
    second = ledger.lock()
    assert second is not None, "the old file locks nobody out"
    ledger.unlock(first)
    assert ledger.lock() is None, "who gives an old lock up leaves the new one's file"
    ledger.unlock(second)


def test_two_at_once_are_refused(tree: Tree, ledger: Ledger) -> None:
    with hold.Hold(tree, ledger) as held:
        held.apply(sysctls(tree, busy_poll=7), "mine")
        with hold.Hold(tree, ledger) as other, pytest.raises(UsageError, match=f"study with process {os.getpid()}"):
            other.apply(sysctls(tree, busy_poll=8), "other")
        with pytest.raises(UsageError, match="holds"):
            hold.take(ledger)
        assert tree.read(BUSY_POLL) == "7"
    assert tree.read(BUSY_POLL) == "0"
    os.close(hold.take(ledger))


def test_a_study_does_not_take_over_what_was_applied_by_hand(tree: Tree, ledger: Ledger) -> None:
    applied(ledger, tree, "latency")
    with hold.Hold(tree, ledger) as held, pytest.raises(UsageError, match="tune restore"):
        held.apply(sysctls(tree, busy_poll=7), "mine")
    assert tree.read(BUSY_POLL) == "50"
    assert hold.recover(ledger) == "", "only a study's settings are put back unasked"


def test_a_killed_guard_is_replaced_at_the_next_change(tree: Tree, ledger: Ledger) -> None:
    with hold.Hold(tree, ledger) as held:
        held.apply(sysctls(tree, busy_poll=7), "one")
        first = held._guard
        assert first is not None
        first.kill()
        first.wait()
        held.apply(sysctls(tree, busy_poll=8), "two")
        assert held._guard is not None and held._guard.pid != first.pid
    assert tree.read(BUSY_POLL) == "0"


def test_nothing_to_set_takes_no_lock_and_starts_no_guard(tree: Tree, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "never")
    with hold.Hold(tree, ledger) as held:
        outcomes = held.apply(sysctls(tree, no_such_thing=1), "mine")
        assert records.plain(machine_record(outcomes[0])) == {
            "setting": "net.core.no_such_thing", "file": "/proc/sys/net/core/no_such_thing", "before": None, "wanted": "1",
            "after": None, "set": False, "reason": "this kernel does not have it",
        }  # fmt: skip
        assert held._guard is None
    assert not ledger.folder.exists()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [({"governor": "fast"}, "performance, schedutil"), ({"sysctls": {"net.core.absent": 1}}, "does not have it")],
)
def test_what_cannot_be_set_says_why(wanted: dict[str, object], reason: str, tree: Tree) -> None:
    assert all(reason in examine(setting, tree).reason for setting in settings_of(wanted, tree))


@pytest.mark.parametrize("key", ["governor", "boost", "migration_cost_ns", "irq", "hugepages"])
def test_a_machine_that_has_nothing_says_so_for_each_kind(key: str, tmp_path: Path) -> None:
    wanted = {"governor": "performance", "boost": True, "migration_cost_ns": 1, "irq": "0", "hugepages": "never"}[key]
    found = [examine(setting, Tree(tmp_path)) for setting in settings_of({key: wanted}, Tree(tmp_path))]
    assert found and all(one.reason and not one.now for one in found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_an_ordinary_user_is_refused_with_what_takes_root() -> None:
    setting = settings_of({"sysctls": {"net.core.busy_poll": 1}}, Tree())[0]
    assert examine(setting, Tree()).reason == "it takes root"


def test_cpu_lists_are_compared_by_meaning() -> None:
    setting = Setting("irq", "irq 1", "/proc/irq/1/smp_affinity_list", "0,1", lists=True)
    assert same(setting, "0-1", "0,1")
    assert not same(setting, "0", "0,1")
