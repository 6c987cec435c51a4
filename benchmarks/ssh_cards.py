"""How often the card of a machine comes back as it was: each process of a study on two machines killed ROUNDS times, in turn.

    scripts/bench ssh_cards [ROUNDS]

Each round opens a lab between two machines (namespaces with a real sshd each, `tests/support/machines.py`), kills one process
with SIGKILL and waits until nothing of the study is left. Three more kinds of round kill nothing. `silence` stops the study and
`cut` its ssh, as when the cable between the study and a machine is cut: no connection ends and nothing comes, so each side must
end on its own after 30 s. `wire` takes the link of the second machine's card away, as when the cable between the cards is cut.
Five rounds at a time run, on machines of their own. Prints one line for each kind; exit code 1 if a card was not as
before, or anything was left.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from barewire.testbeds.ssh.line import VARIABLE
from tests.kernel.test_ssh_cards import HELD, VICTIMS, children, holder
from tests.support.machines import Machines, two_machines

ROUNDS, SECONDS, AT_ONCE = 20, 120.0, 5
SILENCE, CUT, WIRE = "silence", "cut", "wire"


def main() -> int:
    """Kill, wait, compare."""
    rounds, bad = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, 0
    at_once = min(rounds, AT_ONCE)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folders = [Path(name, str(number)) for number in range(at_once)]
        for folder in folders:
            folder.mkdir()
        pairs = [stack.enter_context(two_machines(folder)) for folder in folders]
        pool = stack.enter_context(ThreadPoolExecutor(at_once))
        for victim in (*VICTIMS, WIRE, SILENCE, CUT):
            shares = [len(range(number, rounds, at_once)) for number in range(at_once)]
            times = [one for some in pool.map(end_often, [victim] * at_once, pairs, shares) for one in some]
            whole = [one for one in times if one is not None]
            bad += len(times) - len(whole)
            worst = f", {max(whole):.1f} s at most" if whole else ""
            print(f"{victim:8} {len(whole)} of {rounds} as before, nothing left{worst}", flush=True)
    return 1 if bad else 0


def end_often(victim: str, machines: Machines, rounds: int) -> list[float | None]:
    """So many rounds on two machines."""
    return [end(victim, machines) for _ in range(rounds)]


def end(victim: str, machines: Machines) -> float | None:
    """The seconds until everything was as before; None if it was not."""
    before = [one.card() for one in machines.both]
    study = subprocess.Popen(
        [sys.executable, "-P", "-c", HELD, *machines.texts], env={**os.environ, VARIABLE: machines.ssh},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert study.stdin is not None and study.stdout is not None
    if study.stdout.readline() != "held\n":
        return None
    ends = [os.pidfd_open(pid) for machine in machines.both for pid in machine.of("barewire.testbeds.ssh")]
    begun = time.monotonic()
    match victim:
        case "silence":
            study.send_signal(signal.SIGSTOP)
        case "cut":
            os.kill(children(study.pid)[0], signal.SIGSTOP)
        case "wire":
            init = children(holder(machines.b))[0]
            wire = ["nsenter", f"--net=/proc/{init}/root/run/netns/n2", "ip", "link", "set", "eth0", "down"]
            subprocess.run(wire, check=True)
        case _:
            os.kill(VICTIMS[victim](study, machines), signal.SIGKILL)
    if victim != SILENCE:
        with contextlib.suppress(OSError):
            study.stdin.write(f"{SECONDS if victim == CUT else 0}\n")
            study.stdin.flush()
    gone = all(select.select([one], [], [], SECONDS)[0] for one in ends)
    took = time.monotonic() - begun
    for one in ends:
        os.close(one)
    after = [one.card() for one in machines.both]
    if victim == CUT:
        study.wait(SECONDS)  # it notices on its own, and ends its ssh, which a machine's sshd waits for
    left = [one.processes() for one in machines.both] if victim != SILENCE else []
    study.kill()
    study.communicate()
    same = after == before and gone and not any(left) and machines.a.run("ls", "/run/barewire/cards") == ""
    return took if same else None


if __name__ == "__main__":
    sys.exit(main())
