"""What a study on machines that are reached by ssh cannot have beside them, as rules of a plan. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from barewire.errors import PlanError
from barewire.model.network import Wire
from barewire.study.design.options import BY_KEY
from barewire.study.design.options.clusters import SSH
from barewire.testbeds.ssh.target import SHARED, parse_targets

if TYPE_CHECKING:
    from barewire.study.design.plan import StudyPlan

_REFUSED = {
    "kernel": "the machines run the kernels that they have",
    "clock": "instructions are counted in a VM of this machine alone",
    "topology": "machines are joined by a cable or a switch, and racks are built on this machine alone",
}
"""Keys that must be as they are by default, and why."""


def check_keys(plan: StudyPlan) -> tuple[str, str] | None:
    """The key that does not go with the plan's testbed, and why."""
    if plan.testbed != SSH:
        return ("machines", "machines are those of the testbed ssh: --testbed ssh") if plan.machines else None
    for key, why in _REFUSED.items():
        if getattr(plan, key) != BY_KEY[key].default:
            return key, f"with the testbed ssh: {why}"
    if plan.nodes not in (BY_KEY["nodes"].default, len(plan.machines)):
        return "nodes", f"each machine is one node, and {len(plan.machines)} are named"
    try:
        parse_targets(plan.machines)
    except PlanError as error:
        return "machines", f"{error.what}: {error.remedy}" if error.remedy else error.what
    if share_cards(plan):
        if plan.tune != BY_KEY["tune"].default:
            return "tune", "settings of a machine whose own namespace has the labs (:shared) are not changed"
        if replace(plan.wire.wire(), mtu=Wire().mtu) != Wire():
            return (
                "wire",
                "of a card that its machine goes on using (:shared) nothing is changed; only mtu can be given",
            )
    return None


def share_cards(plan: StudyPlan) -> bool:
    """Whether labs are in a machine's own namespace."""
    return any(text.strip().endswith(f":{SHARED}") for text in plan.machines)
