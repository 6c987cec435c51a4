"""Whether client and server of different architectures understand each other: one of them built for another CPU, under qemu-user.

    scripts/bench architectures [ARCHITECTURE]

Needs Debian's qemu-user-static and the cross compilers gcc-aarch64-linux-gnu (little-endian) and gcc-s390x-linux-gnu
(big-endian, which shows what little-endian machines hide); an architecture without its compiler is left out. The C programs are
compiled from csrc and take the place of the installed ones: barewire-serve on the peer, barewire-load here, each in turn. A
study of the host XX Figures of an emulated program mean nothing, so none are printed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from barewire import __version__
from barewire.study.design import gates
from barewire.workloads import names
from tests.support.peer_machines import PeerMachines, peer_machines

HOME = Path(__file__).parents[1]
_OF_IPERF3 = {"tcp-stream"}
_WITHOUT_CONGESTION = """#!/bin/sh
# qemu-user 7.2 takes each option of TCP for an integer, and cannot set the congestion control, which is a name.
n=$#
while [ "$n" -gt 0 ]; do
  case $1 in
    --congestion) shift 2; n=$((n - 2)) ;;
    *) set -- "$@" "$1"; shift; n=$((n - 1)) ;;
  esac
done
"""
_PROGRAMS = {"barewire-serve": "serve", "barewire-load": "load"}
_PLAN = (
    "--server",
    "serve",
    "--blocks",
    "1",
    "--seconds",
    "0.5",
    "--loads",
    "10%",
    "--sizes",
    "1000",
    "--seed",
    "1",
    "--force",
)


@dataclass(frozen=True)
class Architecture:
    """As `uname -m`, the compiler and qemu-user name it."""

    name: str
    order: str

    @property
    def compiler(self) -> str | None:
        return shutil.which(f"{self.name}-linux-gnu-gcc")

    @property
    def emulator(self) -> str | None:
        return shutil.which(f"qemu-{self.name}-static")


ARCHITECTURES = (Architecture("aarch64", "little-endian"), Architecture("s390x", "big-endian"))


def main() -> int:
    """Try every architecture at either end."""
    failed = 0
    with tempfile.TemporaryDirectory() as name, peer_machines(Path(name)) as machines:
        wanted = [one for one in ARCHITECTURES if one.name in (sys.argv[1:] or one.name)]
        for number, one in enumerate(wanted):
            if not one.compiler or not one.emulator:
                print(f"{one.name}: no {one.name}-linux-gnu-gcc or no qemu-{one.name}-static")
                continue
            built = {program: build(one, program, Path(name)) for program in _PROGRAMS}
            for program, path in built.items():
                said, bad = study(machines, program, path, 19_900 + 2 * number + (program == "barewire-load"))
                print(f"{program} of {one.name} ({one.order}): {said}", flush=True)
                failed += bad
    return int(failed > 0)


def build(architecture: Architecture, program: str, folder: Path) -> Path:
    """Compile a program for another architecture; a script that runs it."""
    binary, script = folder / f"{program}-{architecture.name}", folder / f"{program}-{architecture.name}.sh"
    sources = [*HOME.glob("csrc/base/*.c"), *HOME.glob(f"csrc/{_PROGRAMS[program]}/*.c")]
    options = ("-std=c11", "-O2", "-static", "-D_GNU_SOURCE", f'-DBAREWIRE_VERSION="{__version__}"', "-pthread")
    subprocess.run([str(architecture.compiler), *options, "-o", binary, *sources, "-lm"], check=True)
    script.write_text(f'{_WITHOUT_CONGESTION}exec {architecture.emulator} {binary} "$@"\n')
    script.chmod(0o755)
    return script


def study(machines: PeerMachines, program: str, path: Path, port: int) -> tuple[str, int]:
    """Run every workload with `path` as `program`; what came of it, and how many loads were not measured."""
    instead = ("env", f"{program.upper().replace('-', '_')}={path}")
    out, there = machines.folder / f"run-{port}", program == "barewire-serve"
    serving = machines.serve(port, *(instead if there else ()))
    workloads = ",".join(name for name in names() if name not in _OF_IPERF3)
    words = ("--workloads", workloads, *_PLAN, "--out", str(out))
    endpoints = f"host={machines.endpoints['host']}"
    done = machines.study(*words, endpoints=endpoints, port=port, before=() if there else instead)
    machines.stop(serving)
    if not (out / "trials.ndjson").exists():
        return done.stderr.strip(), 1
    trials = [json.loads(line) for line in (out / "trials.ndjson").read_text().splitlines()]
    measured = Counter(load["workload"] for trial in trials for load in trial["loads"] if understood(load))
    wrong = {one["detail"] for trial in trials for one in trial["rejected"] if one["rule"] not in gates.NOISE}
    missing = [name for name in workloads.split(",") if not measured[name]]
    said = ", ".join(f"{name} {count}" for name, count in sorted(measured.items()))
    return f"{said or 'nothing measured'}; missing {missing or 'none'}; wrong: {sorted(wrong) or 'nothing'}", len(
        missing
    )


def understood(load: dict[str, Any]) -> bool:
    """Whether requests were answered, each with what was asked for, and packets arrived."""
    if "received" in load:
        return bool(0 < load["received"] <= load["sent"])
    return bool(load.get("requests")) and not sum(load["errors"].values()) and not load.get("stray")


if __name__ == "__main__":
    sys.exit(main())
