"""Whether a study of existing addresses finds what a lab finds: the same networks, made by `ip` and measured with `--peer`.

    scripts/bench peer_agrees [ROUNDS]

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

ROUNDS = 3
NETWORKS = {"ptp": "ptp", "vxlan": "ptp+vxlan"}
"""The lab's name of what the peer's pods have."""

_PLAN = (
    "--workloads", "tcp-rr", "--server", "serve", "--blocks", "10", "--seconds", "0.5", "--seed", "1",
    "--client-cpus", "0", "--server-cpus", "1", "--force",
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
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    found: dict[str, list[Found]] = {"lab": [], "peer": []}
    with tempfile.TemporaryDirectory() as name, peer_machines(Path(name)) as machines:
        machines.serve()
        host = machines.endpoints["host"]
        endpoints = ",".join([f"host={host}", *(f"{one}={PODS[one]}" for one in NETWORKS)])
        for number in range(1, rounds + 1):
            for kind in found:
                out = Path(name, f"{kind}-{number}")
                if kind == "peer":
                    done = machines.study(*_PLAN, "--out", str(out), endpoints=endpoints)
                    status, said = done.status, done.stderr
                else:
                    words = ("study", "--networks", ",".join(["host", *NETWORKS.values()]), *_PLAN, "--out", str(out))
                    ran = subprocess.run([*BAREWIRE, *words], capture_output=True, text=True, check=False)
                    status, said = ran.returncode, ran.stderr
                if status not in (0, 3):
                    sys.exit(said)
                found[kind].append(read(out / "summary.json"))
                print(f"{number} {kind}: {found[kind][-1]}", flush=True)
    return conclude(found)


def read(path: Path) -> Found:
    """The overheads of a study's summary."""
    document = json.loads(path.read_text())
    cells = {one["network"]: one for one in document["cells"] if (one["metric"], one["quantile"]) == ("latency", 0.5)}
    floors = [one["floor"] for one in document["noise_floor"] if (one["metric"], one["quantile"]) == ("latency", 0.5)]
    overheads = {one: (cells.get(one) or cells[lab])["difference"] / 1e3 for one, lab in NETWORKS.items()}
    host = next(one["baseline_value"] for one in cells.values() if one["baseline_value"])
    return Found(overheads, host / 1e3, floors[0] - 1)


def conclude(found: dict[str, list[Found]]) -> int:
    """Print the medians; 1 where the two are further apart than noise explains."""
    floor = max(one.floor * one.host for some in found.values() for one in some)
    apart = []
    for name in NETWORKS:
        lab, peer = (median(one.overheads[name] for one in found[kind]) for kind in ("lab", "peer"))
        apart.append(abs(lab - peer))
        print(f"{name}: {lab:.2f} us in the lab, {peer:.2f} us at the peer; noise floor {floor:.2f} us")
    return int(max(apart) > floor)


if __name__ == "__main__":
    sys.exit(main())
