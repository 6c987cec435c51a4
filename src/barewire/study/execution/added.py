"""The counted study that is offered where the wall clock leaves something open: networks that this kernel lacks, a busy machine.

It has the plan's networks, nodes, addresses, wire and seed, and the counted clock's own defaults for the rest. It runs in a VM
whose kernel has every network. It never begins unasked: it takes as long as the study itself, and other figures than the ones
that were asked for.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from barewire.errors import PrerequisiteError
from barewire.networks import catalogue
from barewire.records import RunRecord
from barewire.results.clock import COUNTED
from barewire.study.design import budget
from barewire.study.design.plan import HOST_KERNEL, StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.testbeds.vm import boot
from barewire.testbeds.vm.kernels import USUAL

_KEPT = ("family", "nodes", "pods", "request_bytes", "response_bytes", "port")


def is_left_open(plan: StudyPlan) -> bool:
    """Whether the plan's author has left kernel and clock to us. Only a plan that was just loaded knows."""
    return not {"kernel", "clock"} & plan.model_fields_set and len(plan.tune) == 1


def lacking(record: RunRecord) -> list[str]:
    """The networks of a `run.json` that this machine could not build."""
    return [network.name for network in record.networks if not network.measured]


def of_kernel(names: Sequence[str]) -> list[str]:
    """Those of `names` that barewire builds itself: another kernel may have what they need. A program that is missing here is
    missing in a VM too, which has this machine's root directory."""
    return [name for name in names if not catalogue.network(catalogue.parse(name)).program]


def hindrance() -> PrerequisiteError | None:
    """Why no VM could be started here; None where one probably can."""
    try:
        boot.board()
    except PrerequisiteError as error:
        return error
    return None


def minutes(plan: StudyPlan, *, quick: bool) -> float:
    """About how long it takes, before its kernel is known."""
    counted = _loaded(plan, "host", quick)
    return budget.duration(counted, counted.networks) / 60


def kernel_of(plan: StudyPlan) -> str:
    """The kernel to count on: the plan's first, or where labs would be on this machine itself the usual one."""
    return USUAL if plan.kernel[0] == HOST_KERNEL else plan.kernel[0]


def command(plan: StudyPlan, kernel: str, *, quick: bool, out: Path | None = None) -> str:
    """The command line that runs it."""
    words = ["barewire", "study", "--clock", COUNTED, "--kernel", kernel, "--networks", ",".join(plan.networks)]
    for key in _KEPT:
        if getattr(plan, key) != StudyPlan.model_fields[key].default:
            words += [f"--{key.replace('_', '-')}", str(getattr(plan, key))]
    wire = {key: value for key, value in plan.wire.model_dump(exclude_defaults=True).items() if key != "offloads"}
    parts = [f"{key}={value}" for key, value in wire.items()] + ([] if plan.wire.offloads else ["offloads=off"])
    words += ["--wire", ",".join(parts)] if parts else []
    words += [*(["--quick"] if quick else []), "--seed", str(plan.seed), *(["--out", str(out)] if out else [])]
    return shlex.join(words)


def _loaded(plan: StudyPlan, kernel: str, quick: bool) -> StudyPlan:
    kept = {key: getattr(plan, key) for key in _KEPT}
    given = {"networks": list(plan.networks), "seed": plan.seed, "wire": plan.wire, "clock": COUNTED, "kernel": kernel}
    return load_plan(None, {**kept, **given, "quick": quick})
