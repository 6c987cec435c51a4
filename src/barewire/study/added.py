"""The counted study that follows one whose machine lacks networks, so that nobody gets a report without them.

Which kernel a machine runs is mostly not its user's choice, and a network that it cannot build would be a hole in every report.
Whoever has asked for no kernel and no clock gets all networks once more, in a VM whose kernel has them. By the counted clock,
because the wall's would tell nothing of an emulated CPU. It has the plan's networks, nodes, addresses, wire and seed, and
the counted clock's own defaults for the rest.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from barewire.errors import PrerequisiteError
from barewire.places.vm import boot
from barewire.places.vm.image import Image
from barewire.runs.clock import COUNTED
from barewire.study import budget
from barewire.study.plan import StudyPlan
from barewire.study.plan_file import load_plan

_KEPT = ("family", "nodes", "pods", "request_bytes", "response_bytes", "port")


def is_left_open(plan: StudyPlan) -> bool:
    """Whether the plan's author has left kernel and clock to us. Only a plan that was just loaded knows."""
    return not {"kernel", "clock"} & plan.model_fields_set and len(plan.tune) == 1


def lacking(record: Mapping[str, Any]) -> list[str]:
    """The networks of a `run.json` that this machine could not build."""
    return [network["name"] for network in record["networks"] if not network["measured"]]


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


def made(plan: StudyPlan, image: Image, *, quick: bool) -> tuple[StudyPlan, str]:
    """Its plan on the kernel `image`, and the command that repeats it."""
    counted = _loaded(plan, image.release, quick)
    words = ["barewire", "study", "--clock", COUNTED, "--kernel", image.release, "--networks", ",".join(plan.networks)]
    for key in _KEPT:
        if getattr(plan, key) != StudyPlan.model_fields[key].default:
            words += [f"--{key.replace('_', '-')}", str(getattr(plan, key))]
    wire = {key: value for key, value in plan.wire.model_dump(exclude_defaults=True).items() if key != "offloads"}
    told = [f"{key}={value}" for key, value in wire.items()] + ([] if plan.wire.offloads else ["offloads=off"])
    words += ["--wire", ",".join(told)] if told else []
    return counted, shlex.join([*words, *(["--quick"] if quick else []), "--seed", str(plan.seed)])


def _loaded(plan: StudyPlan, kernel: str, quick: bool) -> StudyPlan:
    kept = {key: getattr(plan, key) for key in _KEPT}
    given = {"networks": list(plan.networks), "seed": plan.seed, "wire": plan.wire, "clock": COUNTED, "kernel": kernel}
    return load_plan(None, {**kept, **given, "quick": quick})
