"""`--testbed ssh --machines root@a%eth1,root@b%eth1` of commands that are no studies."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.errors import UsageError


def machines_named(testbed: str, machines: str | None, testbeds: Sequence[str]) -> list[str]:
    """The machines to look at; none for other testbeds. UsageError where the options do not go together."""
    if testbed not in testbeds:
        listed = f"{', '.join(testbeds[:-1])} or {testbeds[-1]}"
        raise UsageError(f"there is no testbed {testbed!r} for this command", remedy=f"Choose {listed}")
    if (testbed == "ssh") != (machines is not None):
        raise UsageError(
            "--testbed ssh and --machines go together", remedy="Type --testbed ssh --machines root@a%eth1,root@b%eth1"
        )
    return machines.split(",") if machines is not None else []
