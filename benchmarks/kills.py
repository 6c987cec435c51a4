"""Kill studies with SIGKILL at random moments, a random process each time, and look for anything left behind.

    scripts/bench kills [KILLS]

Prints one line; exit 1 when a link, a namespace, a mount, a socket, a file in /run or a process was left.
"""

from __future__ import annotations

import collections
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.leftovers import MARK, Census, gone, marked

LONGEST_SECONDS = 12.0


def name_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        joined = b" ".join(words).decode(errors="replace")
        known = ("holder", "barewire-load", "nginx", "iperf3", "barewire")
        return next((name for name in known if name in joined), "other")
    return "gone already"


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    chance = random.Random(1)
    before = Census.take()
    killed: collections.Counter[str] = collections.Counter()
    for number in range(kills):
        mark = f"kills-{os.getpid()}-{number}"
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-P", "-m", "barewire", "study", "--out", f"{out}/run", "--seconds", "0.3",
                       "--sizes", "100", "--networks", "host,docker,flannel/vxlan,macvlan,ptp"]  # fmt: skip
            process = subprocess.Popen(
                command, env={**os.environ, MARK: mark}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(chance.uniform(0.1, LONGEST_SECONDS))
            victim = chance.choice(marked(mark))
            killed[name_of(victim)] += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            if victim != process.pid:
                process.kill()
            process.wait()
            left = gone(mark)
            after = Census.take()
        if left or after != before:
            print(f"kill {number}: left processes {left}, before {before}, after {after}")
            return 1
    print(f"{kills} kills, nothing left behind; killed: {', '.join(f'{n} {w}' for w, n in killed.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
