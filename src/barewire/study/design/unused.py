"""What has nothing to act on: `--streams` without a bulk load, `--memory` without a VM, `notrack` for networks with rules.

They are valid, and the study is the same without them, so it goes on; but an option must never be ignored silently. What a plan
file says is not looked at: one file may serve several studies.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire import tuning
from barewire.networks import catalogue
from barewire.networks.part import NO_RULES
from barewire.results.clock import COUNTED
from barewire.study.design.plan import StudyPlan

_HTTP = frozenset({"rate", "max", "connect"})
_RR = frozenset({"tcp-rr", "udp-rr", "http-rr"})

NEEDS: Mapping[str, frozenset[str]] = {
    "loads": frozenset({"rate"}),
    "loads_of": frozenset({"rate"}),
    "own_loads": frozenset({"rate"}),
    "sizes": _HTTP,
    "server": _HTTP | {"http-rr"},
    "request_bytes": frozenset({"tcp-rr", "udp-rr", "tcp-crr", "packets"}),
    "response_bytes": _RR | {"tcp-crr"},
    "pipeline": frozenset({"rate", "max"}),
    "timestamps": _RR | {"rate"},
    "connections": _HTTP | {"tcp-crr"},
    "threads": _HTTP | {"tcp-crr", "packets"},
    "arrivals": frozenset({"rate"}),
    "timing": _RR | {"rate"},
    "streams": frozenset({"bulk"}),
    "warmup": _RR | {"rate"},
}
"""The kinds of load of which one at least must be there for an option to matter."""

_VM_ONLY, _WALL_ONLY = ("memory",), ("client_cpus", "server_cpus", "timing")


def sentences(plan: StudyPlan, options: Mapping[str, object]) -> list[str]:
    """One for each given option that changes nothing in this study."""
    said = []
    for key, value in options.items():
        if value is None or value is False:
            continue
        name = f"--{key.replace('_', '-')}"
        if key in NEEDS and not NEEDS[key] & set(plan.kinds) and (key, value) != ("server", "serve"):
            needed = ", ".join(sorted(NEEDS[key]))
            said.append(f"{name} has no effect: this study has none of the kinds {needed}")
        elif key in _VM_ONLY and not plan.in_vm:
            said.append(f"{name} has no effect: this study needs no VM (--kernel or --clock counted would)")
        elif key in _WALL_ONLY and plan.clock == COUNTED:
            said.append(f"{name} has no effect: by the counted clock there is one CPU and nothing waits in real time")
    return [*said, *_notrack(plan)]


def _notrack(plan: StudyPlan) -> list[str]:
    """A tuning that leaves `notrack` out for networks whose rules need connection tracking."""
    tunings = [name for name in plan.tune if tuning.find(name).lab.notrack]
    networks = [catalogue.network(catalogue.parse(name)) for name in plan.networks] if tunings else []
    ruled = [network.name for network in networks if network.rules != NO_RULES]
    if not ruled:
        return []
    return [
        (
            f"the tuning {' and '.join(tunings)} leaves notrack out for {', '.join(ruled)}, whose rules track connections; "
            f"a preset without its rules, like flannel/vxlan:{catalogue.BARE}, has it"
        )
    ]
