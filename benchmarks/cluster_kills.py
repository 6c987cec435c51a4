"""Kill studies of a real cluster with SIGKILL at random moments, and look for anything that is left in it.

    scripts/bench cluster_kills [KILLS [SEED]]

Brings up the cluster of `tests/kubernetes` once. Prints one line; exit 1 when an object was left in the namespace 90 s after
a kill, by which time the cluster itself has removed all of them.
"""

from __future__ import annotations

import collections
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.kubernetes.cluster.cluster import IMAGE, running, why_none
from tests.kubernetes.conftest import leftovers, quick
from tests.support.command import BAREWIRE

LONGEST_SECONDS = 25.0
LONGEST_LEFT_SECONDS = 90
"""A study that is killed before its keeper has a session is waited for by it for a minute."""

NAMESPACE = "kills"


def main() -> int:
    if reason := why_none():
        print(reason)
        return 2
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    held: collections.Counter[int] = collections.Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "cluster") as cluster:
        cluster.make_namespace(NAMESPACE)
        environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
        for number in range(kills):
            command = [*BAREWIRE, "study", "--testbed", "kubernetes", "--namespace", NAMESPACE, "--image", IMAGE,
                       *quick(Path(folder) / f"run-{number}", "--blocks", "50")]  # fmt: skip
            study = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(1, LONGEST_SECONDS))
            objects = len(cluster.owned(NAMESPACE))
            held[objects] += 1
            study.kill()
            study.wait()
            begun = time.monotonic()
            if left := leftovers(cluster, NAMESPACE, LONGEST_LEFT_SECONDS):
                print(f"kill {number}, with {objects} objects: left {left}")
                return 1
            slowest = max(slowest, time.monotonic() - begun)
    at = ", ".join(f"{count} with {objects}" for objects, count in sorted(held.items()))
    print(f"{kills} kills left nothing (by objects at that moment: {at}); gone after {slowest:.1f} s at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
