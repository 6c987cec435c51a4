"""What has nothing to act on: `--streams` without `tcp-stream`, `--memory` without a VM, `notrack` for networks with rules.

They are valid, and the study is the same without them, so it goes on; but an option must never be ignored silently. What a plan
file says is not looked at: one file may serve several studies.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire import tuning, workloads
from barewire.networks import catalogue
from barewire.networks.part import NO_RULES
from barewire.results.clock import COUNTED
from barewire.study.design.plan import StudyPlan

_VM_ONLY, _WALL_ONLY = ("memory",), ("client_cpus", "server_cpus", "timing")


def sentences(plan: StudyPlan, options: Mapping[str, object]) -> list[str]:
    """One for each given option that changes nothing in this study."""
    said = []
    for key, value in options.items():
        if value is None or value is False:
            continue
        name = f"--{key.replace('_', '-')}"
        heeded = [one.name for one in workloads.every() if key in one.options]
        if heeded and not set(heeded) & set(plan.workloads) and (key, value) != ("server", "serve"):
            needed = ", ".join(sorted(heeded))
            said.append(f"{name} has no effect: this study has none of the workloads {needed}")
        elif key in _VM_ONLY and not plan.in_vm:
            said.append(f"{name} has no effect: this study needs no VM (--kernel or --clock counted would)")
        elif key in _WALL_ONLY and plan.clock == COUNTED:
            said.append(f"{name} has no effect: by the counted clock there is one CPU and nothing waits in real time")
    return [*said, *_notrack(plan)]


def _notrack(plan: StudyPlan) -> list[str]:
    """A tuning that leaves `notrack` out for networks whose rules need connection tracking."""
    if plan.with_peer:
        return []
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
