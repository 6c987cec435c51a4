"""What was explained as the published document (results/explained.py, docs/explain.md, schemas/explain-1.schema.json)."""

from __future__ import annotations

from barewire import __version__
from barewire.explain.run import Explained, Explanation
from barewire.explain.stages import StageTable, standard
from barewire.results import explained
from barewire.results.explained import Cost, Document, ExplainedNetwork, FunctionCost, Stage

_FUNCTIONS = 25
"""Those that differ most from the baseline, in the document; the folded files have all."""


def document(answer: Explanation) -> Document:
    """Instructions per operation, to one more decimal place than is shown; `difference` is what a network takes more than the
    baseline."""
    stages = standard()
    places = explained.digits(answer.baseline.profile.total) + 1
    return Document(
        schema=explained.SCHEMA,
        version=__version__,
        kernel=answer.release,
        qemu=answer.qemu,
        load=answer.load.name,
        operation=answer.load.operation,
        virtual_seconds=answer.seconds,
        baseline=answer.baseline.network,
        stages=tuple(Stage(name, about) for name, about in stages.about.items()),
        networks=tuple(_network(one, answer.baseline, stages, places) for one in answer.networks),
        skipped=answer.skipped,
    )


def _network(one: Explained, baseline: Explained, stages: StageTable, places: int) -> ExplainedNetwork:
    mine, theirs = one.profile.by_stage(stages), baseline.profile.by_stage(stages)
    own, base = one.profile.by_function(), baseline.profile.by_function()
    changed = sorted(own.keys() | base.keys(), key=lambda f: (-abs(own.get(f, 0) - base.get(f, 0)), f))
    return ExplainedNetwork(
        network=one.network,
        instructions=round(one.profile.total, places),
        difference=round(one.profile.total - baseline.profile.total, places),
        operations=one.operations,
        medians=one.medians,
        by_clock=one.by_clock,
        counted=one.counted,
        virtual_ns=one.virtual_ns,
        doubts=one.doubts,
        stages={
            name: Cost(round(value, places), round(value - theirs[name], places)) for name, value in mine.items()
        },
        functions=tuple(
            FunctionCost(
                function.name,
                function.module,
                round(own.get(function, 0.0), places),
                round(own.get(function, 0.0) - base.get(function, 0.0), places),
            )
            for function in changed[:_FUNCTIONS]
        ),
    )  # fmt: skip
