"""How often the card of a machine comes back as it was: each process of a study on two machines killed ROUNDS times, in turn.

    scripts/bench ssh_cards [ROUNDS]

Each round opens a lab between two machines (namespaces with a real sshd each, `tests/support/machines.py`), kills one process
with SIGKILL and waits until nothing of the study is left. `silence` stops the study instead, so that the connection stays and
nothing comes: the machines must end on their own after 30 s. Prints one line for each kind of process;
exit code 1 if a card was not as before, or anything was left.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire.testbeds.ssh.line import VARIABLE
from tests.kernel.test_ssh_cards import HELD, VICTIMS
from tests.support.machines import Machines, two_machines

ROUNDS, SECONDS, SILENCE = 20, 60.0, "silence"


def main() -> int:
    """Kill, wait, compare."""
    rounds, bad = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, 0
    with tempfile.TemporaryDirectory() as folder, two_machines(Path(folder)) as machines:
        os.environ[VARIABLE] = machines.ssh
        for victim in (*VICTIMS, SILENCE):
            number = rounds if victim != SILENCE else min(rounds, 2)
            times = [kill(victim, machines) for _ in range(number)]
            whole = [one for one in times if one is not None]
            bad += len(times) - len(whole)
            worst = f", {max(whole):.1f} s at most" if whole else ""
            print(f"{victim:8} {len(whole)} of {number} as before, nothing left{worst}", flush=True)
    return 1 if bad else 0


def kill(victim: str, machines: Machines) -> float | None:
    """The seconds until everything was as before; None if it was not."""
    before = [one.card() for one in machines.both]
    study = subprocess.Popen(
        [sys.executable, "-P", "-c", HELD, *machines.texts],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert study.stdin is not None and study.stdout is not None
    if study.stdout.readline() != "held\n":
        return None
    ends = [os.pidfd_open(pid) for machine in machines.both for pid in machine.of("barewire.testbeds.ssh")]
    begun = time.monotonic()
    if victim == SILENCE:
        study.send_signal(signal.SIGSTOP)
    else:
        os.kill(VICTIMS[victim](study, machines), signal.SIGKILL)
        with contextlib.suppress(OSError):
            study.stdin.write("0\n")
            study.stdin.flush()
    gone = all(select.select([end], [], [], SECONDS)[0] for end in ends)
    took = time.monotonic() - begun
    for end in ends:
        os.close(end)
    after = [one.card() for one in machines.both]
    left = [one.processes() for one in machines.both] if victim != SILENCE else []
    study.kill()
    study.communicate()
    same = after == before and gone and not any(left) and machines.a.run("ls", "/run/barewire/cards") == ""
    return took if same else None


if __name__ == "__main__":
    sys.exit(main())
