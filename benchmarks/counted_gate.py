"""Does a gate on counted runs catch a change of 1 % every time, and is it silent every time that nothing changed?

    scripts/bench counted_gate [TRIES] [SEEDS] [RULES] [WORKERS] [BLOCKS] [KERNEL]

Two networks of a package of its own are measured by the counted clock, and compared by gates with a run kept from before, one for
each seed. In each of TRIES runs one of the two networks got RULES more nftables rules, none of which ever matches: every
packet is held against each, which makes about 1 % of a round trip. The gate on that network must fail, and those on the
other network and on the host must hold. Of the kept runs as many as there are seeds are made again with nothing changed,
and every gate must hold.

WORKERS processes have a VM each, booted anew after every few runs, and measure at once: any load is welcome, is printed, and must
not matter. A run to compare with mostly comes from another VM. Prints a Markdown table of every try and the numbers.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self

from barewire.kernels import available
from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject, NftTable
from barewire.networks.part import Facts
from barewire.records.trial import Trial
from barewire.results.comparison.answer import compared
from barewire.results.precision import stopping
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import conduct
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.vm.testbed import VmTestbed

RULES_BEFORE = 1
VARIABLE = "GUARD_RULES"
ROUTED, BRIDGED = "ptp+routes+guard:of=routed", "bridge+routes+guard:of=bridged"
NETWORKS = {"routed": ROUTED, "bridged": BRIDGED}
LIMIT = "0.5%"
GATES = tuple(f"{network} tcp-rr instructions <= {LIMIT}" for network in ("host", ROUTED, BRIDGED))
RUNS_OF_A_VM = 8


class Guard:
    """A `policy` part of another package: a chain of rules that match nothing, as many as this version of it has."""

    name: ClassVar[str] = "guard"
    facts: ClassVar[Facts] = Facts("rules that match nothing", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, of: str) -> None:
        self._rules = RULES_BEFORE + json.loads(os.environ.get(VARIABLE, "{}")).get(of, 0)

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        return cls(options["of"])

    families: ClassVar[frozenset[int]] = frozenset({4, 6})

    def node(self, view: NodeView) -> list[KernelObject]:
        never = [f"ip saddr 192.0.2.{number + 1} drop" for number in range(self._rules)]
        body = "\n".join(["chain pass {", "type filter hook forward priority 0; policy accept;", *never, "}"])
        return [NftTable("ip", "guard", body)]


class Silent:
    """Nobody watches the studies."""

    def planned(self, plan: StudyPlan, seconds: float) -> None: ...
    def probing(self, network: str, size: int, rate_per_s: float, sustained: bool) -> None: ...
    def trial_begins(self, planned: PlannedTrial, left: int) -> None: ...
    def trial_ended(self, trial: Trial, widths: Mapping[str, float]) -> None: ...
    def looked(self, look: stopping.Look, blocks_needed: int) -> None: ...


class Worker:
    """What a process has: its VM, and how many runs it has had."""

    testbed: VmTestbed | None = None
    runs = 0

    @classmethod
    def vm(cls, plan: StudyPlan, kernel: str) -> VmTestbed:
        if cls.testbed is None:
            cls.testbed = VmTestbed(available.find(kernel), "counted", plan.memory << 20)
        elif cls.runs % RUNS_OF_A_VM == 0:
            cls.testbed.close()  # the next request boots another
        cls.runs += 1
        return cls.testbed


def install(folder: Path) -> None:
    """Let this process, and those that it forks, find the part as that of an installed package."""
    about = folder / "guard-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: guard\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[barewire.policy]\nguard = counted_gate:Guard\n")
    sys.path[:0] = [str(folder), str(Path(__file__).parent)]


def measured(out: Path, seed: int, which: str, rules: int, blocks: int, kernel: str) -> float:
    """One run with `which` network changed (none if empty), in seconds of this machine."""
    begun = time.monotonic()
    os.environ[VARIABLE] = json.dumps({which: rules})
    wanted = {
        "networks": ["host", ROUTED, BRIDGED],
        "clock": "counted",
        "workloads": "tcp-rr",
        "blocks": blocks,
        "seed": seed,
    }
    plan = load_plan(None, {**wanted, "kernel": kernel})
    created = datetime.now(UTC).isoformat(timespec="seconds")
    source = LabSource(plan, Worker.vm(plan, kernel))
    opened = conduct.begin(plan, source, out, "counted_gate", created, Silent())
    with opened.run:
        conduct.conduct(opened, Silent())
    return time.monotonic() - begun


def main() -> None:
    numbers = [
        int(sys.argv[i]) if len(sys.argv) > i else default for i, default in enumerate((20, 4, 2, 2, 8), start=1)
    ]
    tries, seeds, rules, workers, blocks = numbers
    kernel = sys.argv[6] if len(sys.argv) > 6 else "6.12"
    changed = [list(NETWORKS)[i % 2] for i in range(tries)] + [""] * seeds
    caught = alarms = undecided = 0
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        root = Path(folder)
        install(root / "package")
        kept = [
            pool.submit(measured, root / f"kept-{seed}", seed, "", rules, blocks, kernel)
            for seed in range(1, seeds + 1)
        ]
        after = [
            pool.submit(
                measured,
                root / f"after-{i}",
                i // 2 % seeds + 1 if which else i - tries + 1,
                which,
                rules,
                blocks,
                kernel,
            )
            for i, which in enumerate(changed)
        ]
        seconds = [one.result() for one in kept]
        print(f"gate: NETWORK tcp-rr instructions <= {LIMIT}; {rules} rules more where one changed; {blocks} layouts\n")
        titles = ("run", "seed", "changed", "host", *NETWORKS, "gates", "load")
        print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}", flush=True)
        for i, (which, one) in enumerate(zip(changed, after, strict=True)):
            seconds.append(one.result())
            seed = i // 2 % seeds + 1 if which else i - tries + 1
            found = compared([root / f"kept-{seed}", root / f"after-{i}"], gate_texts=GATES).judged
            wanted = ["fails" if NETWORKS.get(which) == gate.gate.network else "holds" for gate in found]
            pairs = [(gate.outcome, outcome) for gate, outcome in zip(found, wanted, strict=True)]
            caught += sum(pair == ("fails", "fails") for pair in pairs)
            alarms += sum(pair == ("fails", "holds") for pair in pairs)
            undecided += sum(outcome == "undecided" for outcome, _ in pairs)
            changes = " | ".join(f"{100 * (g.interval.ratio - 1):+.3f} %" if g.interval else "–" for g in found)
            load = f"{os.getloadavg()[0]:.0f}"
            outcomes = ", ".join(gate.outcome for gate in found)
            print(f"| {i + 1} | {seed} | {which or 'nothing'} | {changes} | {outcomes} | {load} |", flush=True)
    others = 2 * tries + 3 * seeds
    print(f"\ncaught {caught} of {tries} changes; {alarms} false alarms among {others} gates on what did not change")
    print(f"{undecided} of {others + tries} gates were undecided")
    print(f"a run took {sum(seconds) / len(seconds):.0f} s with {workers} at once, boots of VMs included")


if __name__ == "__main__":
    main()
