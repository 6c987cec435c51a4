"""100,000 openings of a peer's port that are no study: bytes that are no TLS, no message, no JSON, or not what comes next.

    scripts/bench peer_fuzz [OPENINGS [SEED]]

The limit of connections a second is lifted, so that the parsers are what is tested and not the wait. Afterwards a study must be
let in at once, no service must have been made for anything else, and the process must have no more descriptors or tasks than
before.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from barewire.endpoints.peer import listener
from tests.kernel.test_peer import send_garbage, wait_for_end
from tests.support.peer import listening


def main() -> None:
    openings = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    listener.MOST_PER_SECOND = 1 << 30
    chance = random.Random(seed)
    with listening() as peer:
        before = len(os.listdir("/proc/self/fd"))
        begun, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(openings):
            send_garbage(peer, chance)
        seconds = time.monotonic() - begun
        connection, _ = peer.joined()
        connection.close()
        wait_for_end(peer)
        deadline = time.monotonic() + 30
        while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
            time.sleep(0.05)
        left = len(os.listdir("/proc/self/fd")) - before
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        served, refused = len(peer.services) - 1, dict(peer.peer.refused)
    print(f"{openings} openings in {seconds:.0f} s, seed {seed}: {served} served, refused {refused}")
    print(f"{left} descriptors left, {grown} KiB more memory; a study was let in afterwards")
    sys.exit(1 if served or left > 0 else 0)


if __name__ == "__main__":
    main()
