"""A run is resumed only on the machine that it was begun on.

Its blocks would no longer be comparable otherwise; `results.environment` says what counts.
"""

from __future__ import annotations

from barewire.errors import RunError
from barewire.records import EnvironmentRecord
from barewire.results.environment import differences, that_counts


def refuse_difference(recorded: EnvironmentRecord, current: EnvironmentRecord, where: str) -> None:
    """Raise `RunError` that lists the differences, if there are any."""
    found = differences(that_counts(recorded), that_counts(current))
    if found:
        said = "; ".join(f"{key} was {was}, is {now}" for key, was, now in found[:8])
        more = f"; and {len(found) - 8} more" if len(found) > 8 else ""
        raise RunError(
            "the run cannot be resumed here, because the machine has changed",
            where=where,
            said=said + more,
            remedy="Resume it where it was begun, or start a new study",
        )
