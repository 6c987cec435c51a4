"""Whether testbeds agree: the same networks in labs of this machine and on two machines reached by ssh.

    scripts/bench testbeds_agree [ROUNDS]

The machines are namespaces of this machine, so a difference between testbeds is one of how they build, start and measure, and
not of hardware. Studies of the testbeds take turns, ROUNDS times. Printed are, for each network and testbed, the overhead at p50
of one TCP request at a time in each round, in microseconds and per cent, and the noise floor. `cluster_agrees.py` does the same
with a real cluster.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire.testbeds.ssh.line import VARIABLE
from tests.support.machines import two_machines

ROUNDS = 3
_PLAN = ("--workloads", "tcp-rr", "--server", "serve", "--blocks", "10", "--seconds", "0.5", "--seed", "1")
_NETWORKS = ("--networks", "host,ptp,flannel/vxlan", "--client-cpus", "0", "--server-cpus", "1")
"""With these CPUs because the two machines are one: each would choose the same CPU for its side."""


def main() -> int:
    """Take turns, print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "machines").mkdir()
        machines = stack.enter_context(two_machines(folder / "machines"))
        studies: dict[str, tuple[str, ...]] = {
            "local": _NETWORKS,
            "ssh": (*_NETWORKS, "--testbed", "ssh", "--machines", ",".join(machines.texts)),
        }
        environment = os.environ | {VARIABLE: machines.ssh}
        for number in range(1, rounds + 1):
            for testbed, options in studies.items():
                out = folder / f"{number}-{testbed}"
                print(f"{number} {testbed}: {measure(options, out, environment)}", flush=True)
    return 0


def measure(options: Sequence[str], out: Path, environment: dict[str, str]) -> str:
    """Run a study and read its overheads."""
    command = (sys.executable, "-P", "-m", "barewire", "study", *_PLAN, *options, "--force", "--out", str(out))
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    summary = out / "summary.json"
    if not summary.exists():
        return " ".join(done.stderr.split())[-300:]
    document = json.loads(summary.read_text())
    found = [one for one in document["cells"] if one["metric"] == "latency" and one["quantile"] == 0.5]
    floors = [one for one in document["noise_floor"] if one["metric"] == "latency" and one["quantile"] == 0.5]
    cells = [
        f"{one['network']} {one['difference'] / 1e3:+.2f} us "
        f"({one['ratio'] - 1:+.1%} [{one['ratio_low'] - 1:+.1%} ... {one['ratio_high'] - 1:+.1%}])"
        for one in found
        if one["ratio"] is not None and one["ratio_low"] is not None
    ]
    floor = ", ".join(f"{one['floor'] - 1:.1%}" for one in floors if one["floor"])
    return f"{'; '.join(cells) or 'nothing compared'}; noise floor {floor or 'unknown'}"


if __name__ == "__main__":
    sys.exit(main())
