"""What `barewire tune show|apply|restore` does: this machine's settings, by hand.

A study with `--tune` does the same for its own time. What is applied here stays until it is restored here, or until the
machine reboots.
"""

from __future__ import annotations

import json as json_format
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from barewire import tuning
from barewire.cli import columns
from barewire.errors import BarewireError, PrerequisiteError, folder_remedy
from barewire.kernel.tuning import hold, machine
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.setting import Tree, examine
from barewire.records import plain
from barewire.render.terminal import new_console
from barewire.testbeds.local import LocalTestbed
from barewire.tuning import labs
from barewire.tuning.applied import machine_record

_COLUMNS = ("setting", "now", "wanted", "can be set")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting of the machine or of a lab: its value now, the wanted one, whether they are the same, whether it can be set."""

    part: str
    setting: str
    now: str | None
    wanted: str
    met: bool
    can: bool
    reason: str
    typed: str


def show(name: str, root: Path, *, json: bool) -> None:
    """Print what each setting of a profile is now; without a profile, the profiles and who holds this machine's settings."""
    if name:
        _show(tuning.find(name), Tree(root), json=json)
    else:
        _profiles(Tree(root), Ledger(), json=json)


def apply(name: str, root: Path, *, json: bool) -> None:
    """Set what can be set; exit 1 when a setting is not as wanted afterwards."""
    _apply(tuning.find(name), Tree(root), Ledger(), json=json)


def restore(*, force: bool, json: bool) -> None:
    """Put back whatever was changed; exit 1 when something is left."""
    _restore(Ledger(), force=force, json=json)


def _show(profile: tuning.Profile, tree: Tree, *, json: bool) -> None:
    rows: list[SettingRow] = []
    for setting in profile.settings(tree):
        found = examine(setting, tree)
        rows.append(
            SettingRow("machine", setting.name, found.now or None, setting.wanted, found.met,
                       found.met or not found.reason, "" if found.met else found.reason, setting.typed)
        )  # fmt: skip
    hindered = ""
    try:
        inside = labs.examine(profile.tuning(tree), LocalTestbed())
    except BarewireError as error:
        inside, hindered = [], str(error)
    for one in inside:
        rows.append(
            SettingRow("lab", one.setting, one.now or None, one.wanted, one.now.split() == one.wanted.split(),
                       not one.reason, one.reason, one.typed)
        )  # fmt: skip
    if json:
        _print({"profile": profile.name, "summary": profile.summary, "settings": plain(rows), "labs_refused": hindered})
        return
    console = new_console(highlight=False)
    console.print(f"{profile.name}: {profile.summary}" if profile.summary else profile.name, markup=False)
    for part, title in (
        ("machine", "This machine's settings, for the time of a study"),
        ("lab", "Of each lab, its own"),
    ):
        chosen = [row for row in rows if row.part == part]
        if chosen:
            console.print(f"\n{title}:\n", markup=False)
            columns.show(console, _COLUMNS, [_cells(row) for row in chosen])
    typed = [row.typed for row in rows if row.typed]
    if typed:
        console.print("\nThe same by hand, as root:\n")
        for line in typed:
            console.print(line, markup=False, soft_wrap=True)
    if hindered:
        console.print(f"\nWhat labs can have is not known: {hindered}", markup=False)


def _cells(row: SettingRow) -> tuple[str, ...]:
    can = "as wanted" if row.met else "yes" if row.can else f"no: {row.reason}"
    return row.setting, row.now or "-", row.wanted, can


def _profiles(tree: Tree, ledger: Ledger, *, json: bool) -> None:
    held, closed = None, ""
    try:
        held = ledger.read()
    except PrerequisiteError as error:
        closed = str(error)
    found = []
    for profile in tuning.profiles().values():
        settings = [examine(setting, tree) for setting in profile.settings(tree)]
        met, can = sum(one.met for one in settings), sum(not one.reason and not one.met for one in settings)
        found.append(
            {"name": profile.name, "summary": profile.summary, "machine": len(settings), "met": met, "can": can,
             "lab": len(profile.lab.sysctls) + sum(map(bool, (profile.lab.rps, profile.lab.rfs, profile.lab.xps,
                                                              profile.lab.notrack)))}
        )  # fmt: skip
    now = (
        {"profile": held.profile, "holder": held.holder, "since": held.since, "changed": len(held.entries)}
        if held
        else None
    )
    if json:
        _print({"profiles": found, "held": now})
        return
    titles = ("profile", "machine settings", "as wanted", "can be set", "lab settings", "what")
    rows = [tuple(str(one[key]) for key in ("name", "machine", "met", "can", "lab", "summary")) for one in found]
    console = new_console(highlight=False)
    columns.show(console, titles, rows)
    if closed:
        console.print(f"\n{closed}", markup=False)
    if now:
        words = f"{now['profile']} holds since {now['since']}, by a {now['holder']}: {now['changed']} settings changed"
        console.print(f"\n{words}; back with barewire tune restore", markup=False)


def _apply(profile: tuning.Profile, tree: Tree, ledger: Ledger, *, json: bool) -> None:
    settings = profile.settings(tree)
    with _locked(ledger):
        outcomes = machine.apply(ledger, settings, profile.name, "tune", os.getpid(), tree)
    records = [machine_record(outcome) for outcome in outcomes]
    if json:
        _print({"profile": profile.name, "settings": plain(records)})
    else:
        console = new_console(highlight=False)
        for one in records:
            said = f"{one.before or '-'} -> {one.after or '-'}" if one.set else f"not set: {one.reason}"
            console.print(f"{one.setting}: {said}", markup=False)
        if ledger.read() is not None:
            console.print("until: barewire tune restore, or a reboot", markup=False)
    lacking = [one.setting for one in records if not one.set]
    raise typer.Exit(1 if lacking else 0)


def _restore(ledger: Ledger, *, force: bool, json: bool) -> None:
    if not ledger.exists():
        if json:
            _print({"restored": []})
        else:
            print("nothing to restore: barewire holds no setting of this machine")
        return
    with _locked(ledger):
        done = machine.restore(ledger, force=force)
    if json:
        _print({"restored": [{"setting": one.entry.name, "file": one.entry.path, "value": one.entry.before,
                              "state": one.state, "detail": one.detail} for one in done]})  # fmt: skip
    else:
        for one in done:
            detail = f", because {one.detail}" if one.detail else ""
            print(f"{one.entry.name}: {one.entry.before} {one.state}{detail}")
    left = [one for one in done if one.state == "left"]
    if left and not json:
        print("what was left goes back with: barewire tune restore --force")
    raise typer.Exit(1 if left else 0)


@contextmanager
def _locked(ledger: Ledger) -> Iterator[None]:
    try:
        lock = hold.take(ledger)
    except OSError as error:
        raise PrerequisiteError(
            "this machine's settings cannot be changed, because their previous values cannot be saved",
            where=str(ledger.folder),
            said=error.strerror or str(error),
            remedy=folder_remedy(error, "BAREWIRE_STATE"),
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def _print(document: Mapping[str, object]) -> None:
    print(json_format.dumps({"schema": "barewire/tune/2", **document}, indent=1))
