"""How much of the spread over blocks of a counted study is layout, and how much chance: the table of docs/counted.md.

    scripts/bench layouts [BLOCKS] [SEED] [KERNEL]

Two studies by the counted clock, of the host and flannel/vxlan, in one VM: as a user would run it, so that each block has another
layout, and with all blocks on the layout of the first. The spread of a block's ratio would be much smaller in the second if
layouts made it. What is left is what the kernel draws for each lab: seeds of hash tables, and how many packets a wake-up
finds. Prints a Markdown table and the seconds that it took.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import stdev

from barewire.kernels import available
from barewire.results import overhead
from barewire.results.analysis import Run
from barewire.study.design import layouts
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import conduct
from barewire.study.execution.run import RunDirectory
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.vm.testbed import VmTestbed
from barewire.workloads.definition.metric import INSTRUCTIONS
from barewire.workloads.definition.site import Layout
from benchmarks.counted_gate import Silent

NETWORK, WORKLOADS, LOADS = "flannel/vxlan", "tcp-rr,tcp-stream,udp-stream", ("tcp-rr", "tcp-stream-1", "udp-stream")


def measured(plan: StudyPlan, testbed: VmTestbed, out: Path) -> Run:
    """The trials of a study."""
    opened = conduct.begin(plan, LabSource(plan, testbed), out, "layouts", datetime.now(UTC).isoformat(timespec="seconds"),
                           Silent())  # fmt: skip
    with opened.run:
        conduct.conduct(opened, Silent())
    return RunDirectory.open(out).data()


OWN = layouts.layout_of


def first_layout(plan: StudyPlan, block: int) -> Layout | None:
    """That of block 1, whatever the block."""
    return OWN(plan, 1)


def spread(run: Run, load: str) -> float:
    """The standard deviation of the blocks' ratios to the host, in percent."""
    key = next(one for one in run.loads if one.load == load)
    logs = [one.log_ratio(INSTRUCTIONS, None) for one in overhead.against_host(run, NETWORK, key).matches]
    return 100 * stdev(one for one in logs if one is not None)


def main() -> None:
    words = sys.argv[1:]
    blocks, seed = (int(words[i]) if len(words) > i else usual for i, usual in enumerate((6, 1)))
    kernel, begun = words[2] if len(words) > 2 else "6.12", time.monotonic()
    plan = load_plan(None, {"networks": ["host", NETWORK], "clock": "counted", "workloads": WORKLOADS, "blocks": blocks,
                            "seed": seed, "kernel": kernel})  # fmt: skip
    testbed = VmTestbed(available.find(kernel), "counted", plan.memory << 20)
    with tempfile.TemporaryDirectory() as folder:
        try:
            each = measured(plan, testbed, Path(folder, "each"))
            layouts.layout_of = first_layout
            same = measured(plan, testbed, Path(folder, "same"))
        finally:
            testbed.close()
        print(f"| workload | {blocks} layouts | one layout {blocks} times |\n|---|--:|--:|")
        for load in LOADS:
            print(f"| `{load}` | {spread(each, load):.3f} % | {spread(same, load):.3f} % |")
    print(f"\n{time.monotonic() - begun:.0f} s, seed {seed}, kernel {kernel}")


if __name__ == "__main__":
    main()
