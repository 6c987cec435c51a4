"""What differs between two machines, as far as it moves a measurement.

A resumed run must not mix machines, kernels or versions, and two runs that are compared must differ in nothing but what
the comparison is about. Everything in the `environment` of `run.json` counts, flattened to dotted keys, except what
changes without meaning: memory is compared to 1 %, because kernels keep back a few pages more or less at each boot.
Limit: load by other users of the machine is not environment; the trials' own counters show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barewire.records import EnvironmentRecord
from barewire.results.clock import COUNTED

MEMORY_TOLERANCE = 0.01
NOTHING = "(not recorded)"
_ADDED = (
    "lab_sysctls.",
    "limits.",
    "host.limits.",
    "sysctls.net.core.devconf_inherit_init_net",
    "sysctls.net.core.netdev_budget_usecs",
    "sysctls.net.core.rmem_default",
    "sysctls.net.core.wmem_default",
    "sysctls.net.ipv4.neigh.",
    "sysctls.net.ipv6.neigh.",
)
"""Not recorded by every version: a run without them is not known to differ."""

_CONNTRACK = "limits.conntrack_max"
"""None until something loads connection tracking, which a study itself may do."""


def differences(recorded: Mapping[str, object], current: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """`(key, was, is)` for every difference that makes results incomparable, sorted by key."""
    was, now = _flat(recorded), _flat(current)
    found = []
    for key in sorted(was.keys() | now.keys()):
        before, after = was.get(key, NOTHING), now.get(key, NOTHING)
        if before != after and not _alike(key, before, after):
            found.append((key, str(before), str(after)))
    return found


def that_counts(environment: EnvironmentRecord) -> Mapping[str, object]:
    """Without what cannot matter: whatever runs a VM whose clock counts instructions, they are the same instructions."""
    without = {"cluster"}  # what its network is, is what runs are compared for
    if environment.get("vm", {}).get("clock") == COUNTED:
        without.add("host")
    return {key: value for key, value in environment.items() if key not in without}


def _flat(value: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            flat.update(_flat(item, f"{name}."))
        elif isinstance(item, Sequence) and not isinstance(item, str):
            flat[name] = ",".join(map(str, item))
        else:
            flat[name] = item
    return flat


def _alike(key: str, before: object, after: object) -> bool:
    if key.startswith(_ADDED) and NOTHING in (before, after):
        return True
    if key == _CONNTRACK and None in (before, after):
        return True
    if key != "memory_bytes" or not isinstance(before, int) or not isinstance(after, int):
        return False
    return abs(before - after) <= MEMORY_TOLERANCE * max(before, after)
