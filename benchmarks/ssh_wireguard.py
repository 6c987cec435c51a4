"""WireGuard between two machines that are reached by ssh, on a kernel that has it: both machines are namespaces of one VM.

    scripts/bench ssh_wireguard [KERNEL]

For machines whose own kernel lacks WireGuard, so that `tests/kernel/test_testbed_ssh.py` leaves it out. In the VM a real sshd
serves each of two machines (`tests/support/machines.py`); a lab of each network is built and proved between them, by captured
packets on both, and applied twice. Prints the path of each proof; exit code 1 if a proof fails or the second time finds something
to do. A packet arrives only if each machine has the other's public key: WireGuard drops what was sealed for another key.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

NETWORKS, KERNEL = ("ptp+wireguard", "flannel/wireguard"), "6.1"
MEMORY_BYTES, SECONDS, PATIENCE = 3 << 30, 3600.0, 600.0


def main() -> int:
    """Boot, run `inside` there, print what it found."""
    from barewire.kernels import available
    from barewire.model.objects import DesiredState
    from barewire.testbeds.testbed import Command
    from barewire.testbeds.vm.testbed import VmTestbed

    kernel = sys.argv[1] if len(sys.argv) > 1 else KERNEL
    with VmTestbed(available.find(kernel), "wall", MEMORY_BYTES, say=print) as vm, vm.open() as nodes:
        nodes.apply(DesiredState({"n1": ()}))
        argv = (sys.executable, "-P", str(Path(__file__).resolve()), "--inside")
        node = nodes.node("n1")
        done = node.wait(node.spawn(Command("n1", argv, environment=(("HOME", "/root"),))), SECONDS)
    print(done.stdout, done.stderr, sep="")
    return done.status


def inside() -> int:
    """Build and prove each network between two machines of this kernel."""
    import os
    import tempfile

    from barewire.lab.lab import built
    from barewire.model.network import Topology
    from barewire.networks import catalogue
    from barewire.testbeds.ssh import line
    from barewire.testbeds.ssh.target import parse_targets
    from barewire.testbeds.ssh.testbed import SshTestbed
    from tests.support.machines import two_machines

    bad = 0
    with tempfile.TemporaryDirectory() as folder, two_machines(Path(folder)) as machines:
        # Every program takes seconds to start on an emulated CPU.
        os.environ[line.VARIABLE] = f"{machines.ssh} -o ConnectTimeout={PATIENCE:.0f}"
        line._HELLO_SECONDS = PATIENCE
        vars(line)["SILENCE_SECONDS"] = PATIENCE
        with SshTestbed(parse_targets(machines.texts)) as testbed:
            for name in NETWORKS:
                with built(catalogue.network(catalogue.parse(name)), Topology.uniform(2, 1), testbed) as lab:
                    (proof, *_) = lab.prove()
                    again = lab.nodes.apply(lab.desired)
                path = " > ".join(f"{hop.namespace}/{hop.dev}" for hop in proof.forward)
                holds = all(claim.holds for claim in proof.claims)
                print(f"{name}: {'proved' if holds else 'NOT PROVED'} by {path}")
                print(f"  applied again: {'nothing to do' if again.unchanged else again}")
                bad += not holds or not again.unchanged
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(inside() if "--inside" in sys.argv else main())
