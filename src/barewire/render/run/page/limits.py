"""What a run cannot show, by its testbed and clock, and how its paths were looked at: sentences for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barewire.render.run import counted
from barewire.render.run.data import ReportData

_POLICY = "No network policy was in force. docker and flannel put NAT and forward rules on their nodes, other networks put none."
_CLOCK = "The clock is the client’s wall clock; other users of a machine show as noise, in the noise floor and in steal time."
_AS_THEY_ARE = (
    "Machines and network are as they are: what others do on them is measured too, and the plan knows nothing of it."
)
_ROUND_TRIPS = "Each machine has its own clock, and no two are compared: latencies are round trips, never one way."

_ON_ONE_MACHINE = (
    "Nodes are namespaces on one machine: no network card, cable or switch, so none of their cost and offloads.",
    "Both nodes share the machine’s CPUs and caches: what the sender uses, the receiver lacks.",
    "The clock is this machine’s wall clock; other users of it show as noise, in the noise floor and in steal time.",
    "The router of flannel/aws-vpc is a namespace that plays the VPC’s: software, and part of what that network costs.",
    _POLICY,
)
_ELSEWHERE: Mapping[str, Sequence[str]] = {
    "ssh": (_ROUND_TRIPS, _CLOCK, _POLICY),
    "kubernetes": (_AS_THEY_ARE, _ROUND_TRIPS, _CLOCK),
    "peer": (
        _AS_THEY_ARE,
        "What a path should be is not known, so it is observed and not verified; where capture is not allowed it is unknown.",
        "Client and server enter the network namespace of a pod and not its control group: its CPU limit does not hold for them.",
        _ROUND_TRIPS,
        _CLOCK,
    ),
}

_PROVED = (
    "Before a lab is measured, one marked packet goes from a pod to a pod on another node and back, seen by a tap on every "
    "interface. Boxes are namespaces, stations are interfaces with their kind, the thick line is the wire. Each claim is checked "
    "against the captured frames. A network that a program built (a CNI plugin, a script) is observed: what it should be is not "
    "known, so its list states what was seen."
)
_OBSERVED = (
    "Before each trial marked packets go to the endpoint and back, seen by a tap on every interface of both machines, where that "
    "is allowed. Boxes are namespaces of the two machines, stations are interfaces with their kind, the thick line is what joins "
    "the machines. What the path should be is not known, so each list states what was seen."
)


def limits(data: ReportData) -> Sequence[str]:
    """What the testbed and the clock of a run cannot show."""
    if data.counted:
        return counted.LIMITS
    if found := _ELSEWHERE.get(_testbed(data)):
        return found
    vm = counted.in_a_vm(data)
    return (vm, *_ON_ONE_MACHINE) if vm else _ON_ONE_MACHINE


def about_paths(data: ReportData) -> str:
    """How the paths of a run were looked at."""
    return _OBSERVED if _testbed(data) == "peer" else _PROVED


def _testbed(data: ReportData) -> str:
    return data.run.environment.get("testbed", "local")
