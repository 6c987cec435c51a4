"""Which keys of a plan belong to labs and which to a cluster: a key that would have no effect there is refused.

A cluster is measured as it stands: nothing of it is built, tuned or emulated, any image may be its pods', and the kubelet
decides about CPUs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from barewire.errors import PlanError
from barewire.results.clock import COUNTED
from barewire.study.design.options import BY_KEY
from barewire.study.design.options.clusters import KUBERNETES
from barewire.study.design.values import refused
from barewire.testbeds.kubernetes import ways
from barewire.testbeds.kubernetes.carried import CARRIED

if TYPE_CHECKING:
    from barewire.study.design.plan import StudyPlan

_LABS: Mapping[str, str] = {
    "kernel": "its nodes have their kernels",
    "tune": "settings of its nodes are its owner's",
    "pods": "each way is between two pods",
    "topology": "its nodes are where they are",
    "server_cpus": "the kubelet decides about CPUs",
    "client_cpus": "the kubelet decides about CPUs",
}
"""Keys of labs, and why a cluster has no use for them."""

_CLUSTERS = ("context", "namespace", "pairs", "policies", "image", "cni_config")


def check(plan: StudyPlan) -> None:
    """Raise where a key that the plan's testbed has no use for is not at its default."""
    if plan.testbed != KUBERNETES:
        for key in _CLUSTERS:
            if getattr(plan, key) != BY_KEY[key].default:
                raise refused("it is of a cluster (testbed kubernetes), and this study builds labs", key=key)
        if plan.node_names:
            raise refused("labs have a number of nodes; names are those of a cluster (testbed kubernetes)", key="nodes")
        if plan.family == ways.BOTH:
            raise refused(
                "only a cluster (testbed kubernetes) is measured over both IP versions in one study", key="family"
            )
        return
    for key, reason in _LABS.items():
        if getattr(plan, key) != BY_KEY[key].default:
            raise refused(f"a cluster is measured as it stands: {reason}", key=key)
    if plan.wire != type(plan.wire)():
        raise refused("a cluster is measured as it stands: its wires are there", key="wire")
    if plan.clock == COUNTED:
        raise refused("instructions of a cluster cannot be counted", key="clock")
    if isinstance(plan.nodes, int) and plan.nodes != BY_KEY["nodes"].default:
        raise refused("a cluster's nodes are named, like a,b", key="nodes")
    if plan.server != "serve":
        raise refused("any image may be a pod's, so only barewire-serve serves there", key="server")
    lacking = [name for one in plan.drivers for name in one.programs if name not in CARRIED]
    if lacking:
        raise refused(f"any image may be a pod's, so {lacking[0]} cannot run there", key="workloads")
    if plan.restarts > 1 and plan.pairs > 1 and plan.restarts != plan.pairs:
        raise refused("with several pairs of nodes each has one group of blocks", key="restarts")
    if plan.pairs > plan.blocks:
        raise refused(f"{plan.pairs} pairs of nodes cannot share {plan.blocks} blocks", key="pairs")
    for name in plan.networks:
        try:
            found = ways.find(name)
        except PlanError as error:
            raise refused(f"{error.what}; {error.remedy[:1].lower()}{error.remedy[1:]}", key="networks") from None
        if found.family and plan.family == found.family:
            raise refused(f"with family {plan.family} every way is over IPv6, so {name} would be twice", key="networks")
