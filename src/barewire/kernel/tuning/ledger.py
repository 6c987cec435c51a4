"""What was changed on this machine, and what was there before: a file that is on disk before the change is made.

It lies in `$BAREWIRE_STATE` or /var/lib/barewire, readable by root alone, and is written as a whole: beside, synced,
renamed, and the folder synced. With an empty ledger there is no file. `lock` is held by the process that changes settings, and
for as long as a study holds them: by the study and by its guard, through one open file, so that either's death leaves it to the
other. A reboot puts every setting back by itself, so a ledger of an earlier boot holds nothing any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from barewire.errors import PrerequisiteError, UsageError
from barewire.kernel.tuning.setting import Tree

SCHEMA = "barewire/tuning/1"
DEFAULT = Path("/var/lib/barewire")
_FILE, _LOCK = "tuning.json", "tuning.lock"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One changed file: its text before, and after in the kernel's spelling; None while the change is being made."""

    name: str
    path: str
    before: str
    after: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """What is changed now, by whom (`tune`, or a `study` and its process), in which tree."""

    profile: str
    holder: str
    pid: int
    since: str
    root: str
    entries: tuple[LedgerEntry, ...]

    @property
    def tree(self) -> Tree:
        return Tree(Path(self.root))


class Ledger:
    """The file and the lock of one state folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(os.environ.get("BAREWIRE_STATE") or DEFAULT)
        self.file = self.folder / _FILE

    def exists(self) -> bool:
        """Whether there is a file; False if the directory is not readable."""
        try:
            return self.file.exists()
        except OSError:
            return False

    def read(self) -> Record | None:
        """What is changed now; None when nothing is. UsageError for a damaged file, PrerequisiteError for a closed one."""
        try:
            text = self.file.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnicodeDecodeError as error:
            raise self._damaged(error.reason) from error
        except OSError as error:
            raise PrerequisiteError(
                "this machine's settings are changed, and only root can read their previous values",
                where=str(self.file), said=error.strerror or str(error), remedy="Run it as root",
            ) from error  # fmt: skip
        try:
            return self._record(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._damaged(str(error) or type(error).__name__) from error

    def write(self, record: Record | None) -> None:
        """Make the file say `record`, on disk before this returns; OSError."""
        if record is None:
            self.file.unlink(missing_ok=True)
            self._sync()
            return
        whole = {"schema": SCHEMA, "boot": _boot(), **asdict(record)}
        partial = self.file.with_name(_FILE + ".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(whole, stream, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self.file)
        self._sync()

    def lock(self) -> int | None:
        """The lock, in a descriptor that holds it, or None when somebody else has it; OSError."""
        while True:
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            try:
                descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:
                continue  # `unlock` has just removed the folder
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except OSError:
                os.close(descriptor)
                raise
            if self._is_file(descriptor):
                return descriptor
            os.close(descriptor)

    def unlock(self, descriptor: int) -> None:
        """Give the lock up. With an empty ledger its file goes too, and the folder if nothing else is in it."""
        if not self.exists() and self._is_file(descriptor):
            with contextlib.suppress(OSError):
                (self.folder / _LOCK).unlink()
                self.folder.rmdir()
        os.close(descriptor)

    def _is_file(self, descriptor: int) -> bool:
        """Whether the lock's file is still the one behind `descriptor`: who had the lock may have removed it."""
        try:
            return os.path.samestat((self.folder / _LOCK).stat(), os.fstat(descriptor))
        except OSError:
            return False

    def _record(self, read: Mapping[str, Any]) -> Record | None:
        if read["schema"] != SCHEMA:
            raise ValueError(f"it says {read['schema']!r} and not {SCHEMA!r}")
        entries = tuple(LedgerEntry(e["name"], e["path"], e["before"], e["after"]) for e in read["entries"])
        for entry in entries:
            parts = (entry.name, entry.path, entry.before, *([] if entry.after is None else [entry.after]))
            if not all(isinstance(part, str) for part in parts) or not _is_setting(entry.path):
                raise ValueError(f"{entry.path!r} is no setting")
        known = (read["profile"], read["holder"], int(read["pid"]), read["since"], read["root"])
        return Record(*known, entries) if read["boot"] == _boot() else None

    def _damaged(self, said: str) -> UsageError:
        return UsageError(
            "the record of this machine's changed settings is damaged", where=str(self.file), said=said,
            remedy="Restore the file, or reboot, which puts the settings back, and remove it",
        )  # fmt: skip

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _is_setting(path: str) -> bool:
    return path.startswith(("/proc/", "/sys/")) and ".." not in path.split("/")
