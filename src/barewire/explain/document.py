"""What was explained, as JSON: `barewire/explain/1` (docs/explain.md, schemas/explain-1.schema.json)."""

from __future__ import annotations

from typing import Any

from barewire import __version__
from barewire.explain.run import Answer, Explained
from barewire.explain.stages import Stages, standard

SCHEMA = "barewire/explain/1"
_FUNCTIONS = 25
"""Those that differ most from the baseline, in the document; the folded files have all."""


def document(answer: Answer) -> dict[str, Any]:
    """Instructions per operation; `difference` is what a network takes more than the baseline."""
    stages = standard()
    return {
        "schema": SCHEMA,
        "version": __version__,
        "kernel": answer.release,
        "qemu": answer.qemu,
        "load": answer.load.name,
        "operation": answer.load.operation,
        "virtual_seconds": answer.seconds,
        "baseline": answer.baseline.network,
        "stages": [{"name": name, "about": about} for name, about in stages.about.items()],
        "networks": [_network(one, answer.baseline, stages) for one in answer.networks],
        "skipped": [
            {"network": one.network, "reason": one.reason, "remedy": one.remedy} for one in answer.skipped
        ],
    }  # fmt: skip


def _network(one: Explained, baseline: Explained, stages: Stages) -> dict[str, Any]:
    mine, theirs = one.profile.by_stage(stages), baseline.profile.by_stage(stages)
    own, base = one.profile.by_function(), baseline.profile.by_function()
    changed = sorted(own.keys() | base.keys(), key=lambda f: (-abs(own.get(f, 0) - base.get(f, 0)), f))
    return {
        "network": one.network,
        "operations": one.operations,
        "instructions": round(one.profile.total, 1),
        "difference": round(one.profile.total - baseline.profile.total, 1),
        "medians": list(one.medians),
        "counted": one.counted,
        "virtual_ns": one.virtual_ns,
        "doubts": one.doubts,
        "stages": {
            name: {"instructions": round(value, 1), "difference": round(value - theirs[name], 1)}
            for name, value in mine.items()
        },
        "functions": [
            {
                "function": function.name,
                "module": function.module,
                "instructions": round(own.get(function, 0.0), 1),
                "difference": round(own.get(function, 0.0) - base.get(function, 0.0), 1),
            }
            for function in changed[:_FUNCTIONS]
        ],
    }  # fmt: skip
