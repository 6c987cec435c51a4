"""Does a gate on counted runs catch a change of 1 % every time, and is it silent every time that nothing changed?

    .venv/bin/python benchmarks/counted_gate.py [TRIES] [SEEDS] [RULES] [WORKERS] [KERNEL]

As a developer's CI would do it: two networks of a package of its own are measured by `barewire study --clock counted`, each time
in a VM booted anew, and compared by `barewire compare --gate` with a run kept from before, one for each seed. In each of
TRIES runs one of the two networks got RULES more nftables rules, none of which ever matches: every packet is held against
each, which makes about 1 % of a round trip. The gate on that network must fail, and those on the other network and on the
host must hold. In as many further runs nothing changed, and every gate must hold. WORKERS runs are made at once: any load is
welcome, is told, and must not matter.

Prints a Markdown table of every try and the numbers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from barewire.model.network import Topology
from barewire.model.objects import NftTable, Plan
from barewire.networks.part import Facts

RULES_BEFORE = 1
VARIABLE = "GUARD_RULES"
ROUTED, BRIDGED = "ptp+routes+guard:of=routed", "bridge+routes+guard:of=bridged"
NETWORKS = {"routed": ROUTED, "bridged": BRIDGED}
LIMIT = "0.5%"
STUDY = ("--clock", "counted", "--kinds", "tcp-rr", "--blocks", "2", "--networks", f"host,{ROUTED},{BRIDGED}")


class Try(NamedTuple):
    """What came of a try: its row, whether the change was caught, whether any other gate failed to hold, and its seconds."""

    row: str
    caught: bool
    alarm: bool
    seconds: float


class Guard:
    """An `enforce` part of another package: a chain of rules that match nothing, as many as this version of it has."""

    name: ClassVar[str] = "guard"
    facts: ClassVar[Facts] = Facts("rules that match nothing", "nothing", "CAP_NET_ADMIN on the node")
    needs: frozenset[str] = frozenset({"nft:nat"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, of: str) -> None:
        self._rules = RULES_BEFORE + json.loads(os.environ.get(VARIABLE, "{}")).get(of, 0)

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        return cls(options["of"])

    def plan(self, topology: Topology) -> Plan:
        never = [f"ip saddr 192.0.2.{number + 1} drop" for number in range(self._rules)]
        body = "\n".join(["chain pass {", "type filter hook forward priority 0; policy accept;", *never, "}"])
        return Plan({node.name: (NftTable("ip", "guard", body),) for node in topology.nodes})


def installed(folder: Path) -> dict[str, str]:
    """The environment of a program that finds the part as that of an installed package."""
    about = folder / "guard-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: guard\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[barewire.enforce]\nguard = counted_gate:Guard\n")
    paths = [str(folder), str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def barewire(environment: Mapping[str, str], *arguments: str, good: tuple[int, ...] = (0,)) -> str:
    """Run it, and give its standard output; whatever else it says is for the reader."""
    command = [sys.executable, "-P", "-m", "barewire", *arguments]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode not in good:
        raise SystemExit(f"barewire {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def measured(environment: Mapping[str, str], out: Path, seed: int, rules: Mapping[str, int], kernel: str) -> float:
    """One run, in seconds of this machine."""
    begun = time.monotonic()
    wanted = ("--seed", str(seed), "--kernel", kernel, "--out", str(out))
    barewire({**environment, VARIABLE: json.dumps(rules)}, "study", *STUDY, *wanted)
    return time.monotonic() - begun


def judged(environment: Mapping[str, str], before: Path, after: Path) -> dict[str, dict[str, Any]]:
    """The gates of every network, and of the host, by its name."""
    networks = ("host", *NETWORKS.values())
    gates = [f"{network} tcp-rr instructions <= {LIMIT}" for network in networks]
    asked = [word for gate in gates for word in ("--gate", gate)]
    told = json.loads(barewire(environment, "compare", str(before), str(after), "--json", *asked, good=(0, 1, 3)))
    return dict(zip(networks, told["gates"], strict=True))


def tried(
    environment: Mapping[str, str], root: Path, number: int, seed: int, which: str, rules: int, kernel: str
) -> Try:
    """One run with `which` network changed (none if empty), against the run kept for its seed."""
    after = root / f"after-{number}"
    seconds = measured(environment, after, seed, {which: rules} if which else {}, kernel)
    found = judged(environment, root / f"kept-{seed}", after)
    changed = NETWORKS.get(which, "")
    alarm = any(gate["outcome"] != "holds" for name, gate in found.items() if name != changed)
    changes = " | ".join(f"{100 * (gate['ratio'] - 1):+.3f} %" for gate in found.values())
    outcomes = ", ".join(gate["outcome"] for gate in found.values())
    row = f"| {number} | {seed} | {which or 'nothing'} | {changes} | {outcomes} | {os.getloadavg()[0]:.0f} |"
    return Try(row, bool(which) and found[changed]["outcome"] == "fails", alarm, seconds)


def main() -> None:
    tries, seeds, rules, workers = (
        int(sys.argv[i]) if len(sys.argv) > i else default for i, default in enumerate((20, 4, 4, 2), start=1)
    )
    kernel = sys.argv[5] if len(sys.argv) > 5 else "6.12"
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        root = Path(folder)
        environment = installed(root / "package")
        kept = [
            pool.submit(measured, environment, root / f"kept-{seed}", seed, {}, kernel) for seed in range(1, seeds + 1)
        ]
        seconds = [one.result() for one in kept]
        print(f"gate: NETWORK tcp-rr instructions <= {LIMIT}; {rules} rules more where one changed; kernel {kernel}\n")
        titles = ("run", "seed", "changed", "host", *NETWORKS, "gates", "load")
        print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}", flush=True)
        changed = [list(NETWORKS)[i % 2] for i in range(tries)] + [""] * tries
        waiting = [
            pool.submit(tried, environment, root, i, (i - 1) // 2 % seeds + 1, which, rules, kernel)
            for i, which in enumerate(changed, start=1)
        ]
        done = []
        for one in waiting:
            done.append(one.result())
            print(done[-1].row, flush=True)
    print(f"\ncaught {sum(one.caught for one in done)} of {tries} changes")
    print(
        f"{sum(one.alarm for one in done[:tries])} false alarms beside the changes, {sum(one.alarm for one in done[tries:])}"
        f" in {tries} runs in which nothing changed"
    )
    seconds += [one.seconds for one in done]
    print(f"a run took {sum(seconds) / len(seconds):.0f} s, boot of its VM included, {workers} at once")


if __name__ == "__main__":
    main()
