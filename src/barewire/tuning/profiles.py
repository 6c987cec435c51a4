"""Read profiles, and resolve them on a machine to its settings and the tuning of its labs.

A profile of the user's own is a file with the same tables without `[[profile]]`: it is named after the file. Which CPUs a
word like `others` means depends on the machine, so it is resolved when a study starts, and the run records the result.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from barewire.errors import UsageError
from barewire.kernel import tuning
from barewire.kernel.tuning.setting import Setting, Tree, cpus
from barewire.model.tuning import LabTuning
from barewire.model.typed_file import LARGEST_FILE, STRICT

NONE = "none"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"


class LabPart(BaseModel):
    """`[lab]`: CPUs are `all`, `others` (all but the first of each NUMA node) or a list like `1-3`."""

    model_config = STRICT

    sysctls: dict[str, int | str] = {}
    rps: str = ""
    rfs: Annotated[int, Field(ge=0, le=1 << 24)] = 0
    xps: str = ""
    notrack: bool = False


class Profile(BaseModel):
    """A tuning. Of the machine's settings those of the kinds in `required` must hold, or nothing is measured."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=f"^{_NAME}$")]
    summary: str = ""
    machine: dict[str, Any] = {}
    lab: LabPart = LabPart()
    required: list[str] = []

    def settings(self, tree: Tree) -> list[Setting]:
        """The machine's part on this machine."""
        return tuning.settings(self.machine, tree)

    def tuning(self, tree: Tree, elsewhere: tuple[tuple[int, ...], tuple[int, ...]] | None = None) -> LabTuning:
        """The labs' part on this machine, or on another that has these CPUs, of which the second are the first of a NUMA node."""
        online, firsts = elsewhere or (tree.online(), tree.first_of_nodes())
        sysctls = tuple((key, str(value)) for key, value in self.lab.sysctls.items())
        rps, xps = _cpus(self.lab.rps, online, firsts), _cpus(self.lab.xps, online, firsts)
        return LabTuning(sysctls, rps, self.lab.rfs, xps, self.lab.notrack)


@cache
def profiles() -> dict[str, Profile]:
    """The profiles by name; third parties' follow ours."""
    found: dict[str, Profile] = {}
    for where in ("barewire.tuning", *(entry.value for entry in entry_points(group="barewire.tunings"))):
        for profile in _packaged(where):
            if profile.name in found:
                raise UsageError(f"two tunings are called {profile.name}", remedy=f"Rename the one in {where}")
            found[profile.name] = profile
    return found


def find(text: str) -> Profile:
    """A profile by its name, or the one in a file when `text` ends in `.toml`; UsageError with the nearest name."""
    if text.endswith(".toml"):
        return _from_file(Path(text))
    known = profiles()
    if text in known:
        return known[text]
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.4)
    there = f"There are {', '.join(known)}; or name a file like ./mine.toml"
    raise UsageError(f"there is no tuning {text!r}", remedy=f"Did you mean {near[0]}? {there}" if near else there)


def of_record(record: Mapping[str, object], where: str) -> Profile:
    """The profile that a `run.json` holds; UsageError naming `where`."""
    return _checked(dict(record), where)


def _packaged(where: str) -> Iterator[Profile]:
    try:
        text = resources.files(where).joinpath("profiles.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(text)["profile"]
    except (OSError, ImportError, tomllib.TOMLDecodeError, KeyError) as error:
        raise UsageError("cannot read profiles.toml", where=where, said=f"{type(error).__name__} {error}") from error
    for table in tables:
        yield _checked(table, where)


def _from_file(path: Path) -> Profile:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(f"{path} is larger than {LARGEST_FILE // 1024} KiB", remedy="Give a tuning, a small file")
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"the tuning {path} cannot be read", said=error.strerror or str(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError("the tuning is not TOML", where=str(path), said=str(error)) from error
    profile = _checked({"name": path.stem, **table}, str(path))
    if profile.name in profiles():
        raise UsageError(f"{profile.name} is the name of a tuning of barewire's", where=str(path), remedy="Rename it")
    return profile


def _checked(table: Mapping[str, object], where: str) -> Profile:
    try:
        profile = Profile.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise UsageError(f"{key} of a tuning is wrong", where=where, said=first["msg"], remedy=_REMEDY) from None
    known = tuning.kinds()
    for key in (*profile.machine, *profile.required):
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}"
            raise UsageError(f"{key} is not a setting of a machine", where=where, remedy=remedy)
    try:
        profile.settings(_NOWHERE)
        profile.tuning(_NOWHERE)
    except ValueError as error:
        raise UsageError(
            "a tuning cannot be read", where=where, said=str(error), remedy="Correct that value"
        ) from error
    return profile


def _cpus(text: str, online: tuple[int, ...], firsts: tuple[int, ...]) -> tuple[int, ...]:
    if text in ("", "all"):
        return online if text else ()
    if text == "others":
        return tuple(cpu for cpu in online if cpu not in firsts) or online
    if not cpus(text):
        raise ValueError('rps and xps take "all", "others" or CPUs like "1-3"')
    return cpus(text)


_NOWHERE = Tree(Path("/nonexistent"))
"""A tree without any file: enough to see whether values can be read."""

_REMEDY = "A tuning has summary, [machine], [lab] with sysctls, rps, rfs, xps and notrack, and required"
