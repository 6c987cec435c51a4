"""How often the card of a machine comes back as it was: each process of a study on two machines killed ROUNDS times, in turn.

    scripts/bench ssh_cards [ROUNDS [KIND...]]
    scripts/bench ssh_cards ROUNDS shared [KIND...]

Each round opens a lab between two machines (namespaces with a real sshd each, `tests/support/machines.py`), kills one process
with SIGKILL and waits until nothing of the study is left. Three more kinds of round kill nothing. `silence` stops the study and
`cut` its ssh, as when the cable between the study and a machine is cut: no connection ends and nothing comes, so each side must
end on its own after 30 s. `wire` takes the link of the second machine's card away, as when the cable between the cards is cut.
Five rounds at a time run, on machines of their own. With `shared` labs are in the machines' own network namespaces, and all that
these hold is compared, not the card alone; guard and agent are killed at once, too (`both`): the next study's start takes away
what is left then. Prints one line for each kind; exit code 1 if a card was not as before, or anything was left.
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
from tests.kernel import test_ssh_shared
from tests.kernel.test_ssh_cards import HELD, VICTIMS, agent, children, guard, holder
from tests.support.machines import Machines, two_machines

ROUNDS, SECONDS, AT_ONCE = 20, 120.0, 5
SILENCE, CUT, WIRE, BOTH = "silence", "cut", "wire", "both"
SHARED = "shared"
NEXT = """
import sys
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
with SshTestbed(parse_targets(sys.argv[1:])) as testbed:
    testbed.start()
"""
"""The next study on the same machines, as far as to the claim of its cards."""


def main() -> int:
    """Kill, wait, compare."""
    rounds, bad = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, 0
    shared, kinds = SHARED in sys.argv[2:], [word for word in sys.argv[2:] if word != SHARED]
    kinds = kinds or [*VICTIMS, *([BOTH] if shared else [WIRE]), SILENCE, CUT]
    at_once = min(rounds, AT_ONCE)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folders = [Path(name, str(number)) for number in range(at_once)]
        for folder in folders:
            folder.mkdir()
        pairs = [stack.enter_context(two_machines(folder)) for folder in folders]
        for pair in pairs if shared else ():
            test_ssh_shared.prepare(pair)
        pool = stack.enter_context(ThreadPoolExecutor(at_once))
        for victim in kinds:
            shares = [len(range(number, rounds, at_once)) for number in range(at_once)]
            times = [
                one
                for some in pool.map(end_often, [victim] * at_once, pairs, shares, [shared] * at_once)
                for one in some
            ]
            whole = [one for one in times if one is not None]
            bad += len(times) - len(whole)
            worst = f", {max(whole):.1f} s at most" if whole else ""
            print(f"{victim:8} {len(whole)} of {rounds} as before, nothing left{worst}", flush=True)
    return 1 if bad else 0


def end_often(victim: str, machines: Machines, rounds: int, shared: bool) -> list[float | None]:
    """So many rounds on two machines."""
    return [end(victim, machines, shared=shared) for _ in range(rounds)]


def end(victim: str, machines: Machines, *, shared: bool) -> float | None:
    """The seconds until everything was as before; None if it was not."""

    def state() -> list[dict[str, object]]:
        return test_ssh_shared.states(machines) if shared else [one.card() for one in machines.both]

    before = state()
    environment = {**os.environ, VARIABLE: machines.ssh, "PYTHONPATH": str(Path(__file__).parents[1])}
    held, words = (test_ssh_shared.HELD, test_ssh_shared.texts(machines)) if shared else (HELD, machines.texts)
    study = subprocess.Popen(
        [sys.executable, "-P", "-c", held, *words],
        env=environment,
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
        case "both":
            for pid in (both := (guard(machines.a), agent(machines.a))):
                os.kill(pid, signal.SIGSTOP)
            for pid in both:
                os.kill(pid, signal.SIGKILL)
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
    if victim == BOTH:
        subprocess.run([sys.executable, "-P", "-c", NEXT, *machines.texts], env=environment, check=True)
    after = state()
    if victim == CUT:
        study.wait(SECONDS)  # it notices on its own, and ends its ssh, which a machine's sshd waits for
    left = [one.processes() for one in machines.both] if victim != SILENCE else []
    study.kill()
    study.communicate()
    same = after == before and gone and not any(left) and machines.a.run("ls", "/run/barewire/cards") == ""
    return took if same else None


if __name__ == "__main__":
    sys.exit(main())
