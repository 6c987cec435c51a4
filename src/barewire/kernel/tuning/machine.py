"""Changing a machine's settings, and putting them back.

The former values go to the ledger, synced, before the first file is touched; every change is read back, because the kernel
clamps some values without a word, and what it made of it goes to the ledger too. A change that was in progress when its
process died counts as made. What is put back is only what still is as we left it: a value that somebody else has set since is
theirs, and stays, unless `force` says otherwise. Applying another profile puts back what that does not want and keeps
the first originals, so that however many follow each other, one `restore` undoes them all.

Callers hold the ledger's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from barewire.errors import PrerequisiteError
from barewire.kernel.tuning.ledger import Ledger, LedgerEntry, Record
from barewire.kernel.tuning.setting import Found, Setting, Tree, examine, read, same
from barewire.units import format_utc


@dataclass(frozen=True, slots=True)
class TuningOutcome:
    """What became of a wanted setting: `before` and `after` are the kernel's spelling, empty when it could not be read."""

    setting: Setting
    before: str
    after: str
    reason: str
    node: str = ""
    """Whose machine it is, where nodes have one each."""

    @property
    def met(self) -> bool:
        return bool(self.after) and same(self.setting, self.after, self.setting.wanted)


@dataclass(frozen=True, slots=True)
class Returned:
    """What `restore` did with one changed file: put back, found as it was, or left with the reason."""

    entry: LedgerEntry
    state: str
    detail: str = ""


def apply(
    ledger: Ledger, settings: Sequence[Setting], profile: str, holder: str, pid: int, tree: Tree
) -> list[TuningOutcome]:
    """Set what can be set and is not as wanted. PrerequisiteError, with nothing changed, when the ledger cannot be written."""
    held = ledger.read()
    entries = {entry.path: entry for entry in held.entries} if held else {}
    found = [examine(setting, tree) for setting in settings]
    todo = [one for one in found if not one.reason and not one.met]
    unwanted = [entry for path, entry in entries.items() if path not in {one.setting.path for one in found}]
    for one in todo:
        before = entries[one.setting.path].before if one.setting.path in entries else one.now
        entries[one.setting.path] = LedgerEntry(one.setting.name, one.setting.path, before, None)
    since = format_utc(datetime.now(UTC))
    record = Record(profile, holder, pid, since, str(tree.root), tuple(entries.values()))
    if todo or entries:
        _note(ledger, record)
    for entry in unwanted:
        if _put_back(entry, tree, force=False).state != "left":
            del entries[entry.path]
    originals = {path: entry.before for path, entry in entries.items()}
    outcomes = [_set(one, tree, entries) if one in todo else _as_it_is(one, originals) for one in found]
    if todo or record.entries:
        _note(ledger, replace(record, entries=tuple(entries.values())) if entries else None)
    return outcomes


def restore(ledger: Ledger, *, force: bool = False) -> list[Returned]:
    """Put back everything that the ledger names, last change first; what is left stays in the ledger."""
    record = ledger.read()
    if record is None:
        if ledger.exists():  # of an earlier boot
            _note(ledger, None)
        return []
    done = [_put_back(entry, record.tree, force=force) for entry in reversed(record.entries)]
    left = tuple(returned.entry for returned in reversed(done) if returned.state == "left")
    _note(ledger, replace(record, entries=left) if left else None)
    return done


def _set(one: Found, tree: Tree, entries: dict[str, LedgerEntry]) -> TuningOutcome:
    setting = one.setting
    entry, reason = entries[setting.path], ""
    try:
        tree.write(setting.path, setting.wanted)
    except OSError as error:
        reason = f"the kernel refused it: {error.strerror}"
    try:
        after = read(setting, tree)
    except OSError as error:
        return TuningOutcome(setting, entry.before, "", f"it cannot be read back: {error.strerror}")
    if after == entry.before:
        del entries[setting.path]
    else:
        entries[setting.path] = replace(entry, after=after)
    return TuningOutcome(setting, entry.before, after, reason or f"the kernel made {after} of it")


def _as_it_is(one: Found, originals: dict[str, str]) -> TuningOutcome:
    return TuningOutcome(one.setting, originals.get(one.setting.path, one.now), one.now, one.reason)


def _put_back(entry: LedgerEntry, tree: Tree, *, force: bool) -> Returned:
    setting = Setting("", entry.name, entry.path, entry.before, chosen="[" in tree.text(entry.path))
    try:
        now = read(setting, tree)
        if now == entry.before:
            return Returned(entry, "as before")
        if entry.after is not None and now != entry.after and not force:
            return Returned(entry, "left", f"it is {now} now, and barewire had set {entry.after}")
        tree.write(entry.path, entry.before)
        kept = read(setting, tree)
    except FileNotFoundError:
        return Returned(entry, "gone", "the kernel has it no more")
    except OSError as error:
        return Returned(entry, "left", f"the kernel refused {entry.before}: {error.strerror}")
    if kept != entry.before:
        return Returned(entry, "left", f"the kernel made {kept} of {entry.before}")
    return Returned(entry, "put back")


def _note(ledger: Ledger, record: Record | None) -> None:
    try:
        ledger.write(record)
    except OSError as error:
        raise PrerequisiteError(
            "the previous values of this machine's settings cannot be saved, so nothing was changed",
            where=str(ledger.file), said=error.strerror or str(error),
            remedy="Free some space there, or name another folder in BAREWIRE_STATE",
        ) from error  # fmt: skip
