"""Whether a study of existing addresses finds what a lab finds: the same networks, made by `ip` and measured with `--peer`.

    scripts/bench peer_agrees [ROUNDS [BLOCKS]]

Both are two nodes that a veth pair joins, on this machine. In the lab barewire builds `ptp` and `ptp+vxlan`; the peer's pods are
made by hand (`tests/support/peer_machines.py`), routed over the pair and over a VXLAN device, and the client of each is in the
pod of the other node. The studies take turns, ROUNDS times. Printed are the overheads at p50 of one TCP request at a time, in
microseconds and per cent, and the noise floor of each study; at the end the medians, and whether they are apart by more than the
larger noise floor. Instructions cannot be counted here: the counted clock is one VM, and a peer is a machine as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.command import BAREWIRE
from tests.support.peer_machines import PODS, peer_machines

ROUNDS, BLOCKS = 3, 10
NETWORKS = {"ptp": "ptp", "vxlan": "ptp+vxlan"}
"""The lab's name of what the peer's pods have."""

_PLAN = (
    "--workloads", "tcp-rr", "--server", "serve", "--seconds", "0.5", "--seed", "1", "--client-cpus", "0", "--server-cpus", "1",
    "--force",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Overheads in us by the peer's names, the host's latency in us, and the noise floor as a share of it."""

    overheads: dict[str, float]
    host: float
    floor: float

    def __str__(self) -> str:
        cells = [f"{name} {us:+.2f} us ({us / self.host:+.1%})" for name, us in self.overheads.items()]
        return f"host {self.host:.1f} us; {', '.join(cells)}; noise floor {self.floor:.1%}"


def main() -> int:
    """Take turns, print."""
    given = [int(text) for text in sys.argv[1:]]
    rounds, blocks = (*given, *(ROUNDS, BLOCKS)[len(given) :])
    plan = (*_PLAN, "--blocks", str(blocks))
    found: dict[str, list[Found]] = {"lab": [], "peer": []}
    with tempfile.TemporaryDirectory() as name, peer_machines(Path(name)) as machines:
        machines.serve()
        host = machines.endpoints["host"]
        endpoints = ",".join([f"host={host}", *(f"{one}={PODS[one]}" for one in NETWORKS)])
        for number in range(1, rounds + 1):
            for kind in found:
                out = Path(name, f"{kind}-{number}")
                if kind == "peer":
                    done = machines.study(*plan, "--out", str(out), endpoints=endpoints)
                    status, said = done.status, done.stderr
                else:
                    words = ("study", "--networks", ",".join(["host", *NETWORKS.values()]), *plan, "--out", str(out))
                    ran = subprocess.run([*BAREWIRE, *words], capture_output=True, text=True, check=False)
                    status, said = ran.returncode, ran.stderr
                if status not in (0, 3):
                    sys.exit(said)
                one = read(out / "summary.json")
                found[kind] += [one] if one else []
                print(f"{number} {kind}: {one or 'too few valid trials to compare'}", flush=True)
    return conclude(found)


def read(path: Path) -> Found | None:
    """The overheads of a study's summary; None where noise left too few trials to compare."""
    document = json.loads(path.read_text())
    cells = {one["network"]: one for one in document["cells"] if (one["metric"], one["quantile"]) == ("latency", 0.5)}
    floors = [one["floor"] for one in document["noise_floor"] if (one["metric"], one["quantile"]) == ("latency", 0.5)]
    found = {one: cells.get(one) or cells.get(lab) for one, lab in NETWORKS.items()}
    differences = {name: cell["difference"] for name, cell in found.items() if cell and cell["difference"] is not None}
    if len(differences) < len(NETWORKS) or not any(floors):
        return None
    return Found({name: ns / 1e3 for name, ns in differences.items()}, cells["host"]["value"] / 1e3, floors[0] - 1)


def conclude(found: dict[str, list[Found]]) -> int:
    """Print the medians; 1 where the two are further apart than noise explains, or nothing could be compared."""
    if not all(found.values()):
        print("nothing to compare: measure on a quieter machine")
        return 1
    floor = max(one.floor * one.host for some in found.values() for one in some)
    apart = []
    for name in NETWORKS:
        lab, peer = (median(one.overheads[name] for one in found[kind]) for kind in ("lab", "peer"))
        apart.append(abs(lab - peer))
        print(f"{name}: {lab:.2f} us in the lab, {peer:.2f} us at the peer; noise floor {floor:.2f} us")
    return int(max(apart) > floor)


if __name__ == "__main__":
    sys.exit(main())
