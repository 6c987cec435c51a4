"""`presets.toml` of this package and of others, as it is written: no part is loaded, so that names are there at once."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from barewire.errors import NetworkError
from barewire.networks.discovery import installed
from barewire.networks.part import NO_RULES


def modules() -> tuple[str, ...]:
    """The modules that have a `presets.toml`, ours first."""
    return ("barewire.networks", *(entry.value for entry in installed("barewire.presets")))


def names() -> tuple[str, ...]:
    """The names of all presets, in the order of a study; NetworkError for a file that cannot be read."""
    return tuple(entry[0] for where in modules() for entry in written(where))


def written(where: str) -> list[tuple[Any, ...]]:
    """Name, attach, transport, policy, summary, default of each preset of module `where`."""
    try:
        table = tomllib.loads(resources.files(where).joinpath("presets.toml").read_text(encoding="utf-8"))
        return [
            (e["name"], e["attach"], e["transport"], e.get("policy", NO_RULES), e["summary"], e.get("default", True))
            for e in table["network"]
        ]
    except (OSError, ImportError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError(
            "cannot read presets.toml",
            where=where,
            said=f"{type(error).__name__} {error}",
            remedy="A preset is a [[network]] table with name, attach, transport and summary",
        ) from error
