"""A run whose clock counted instructions, made of a synthetic one: what the formats say of such a run, and no more.

The host's counts and each network's ratio to them are given, so every number of a report is known beforehand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import synthetic

HASH = "9f2c41d07ab3e655"
HOST = {"tcp-rr": 31_600.0, "udp-rr": 22_150.0, "tcp-stream-1": 0.4312, "udp-stream": 7_912.0, "tcp-crr": 141_220.0}
"""Instructions of the host by load."""

SIZES = {"tcp-rr": 64, "udp-rr": 64, "packets": 64, "tcp-crr": 64}
RATIOS = {"ipvlan/l2": 1.04, "flannel/host-gw": 1.46, "flannel/vxlan": 1.83, "host+direct": 1.0}
VM = {
    "qemu": "7.2.22",
    "cpu_model": "Nehalem",
    "acceleration": "tcg",
    "clock": "counted",
    "shift": 0,
    "memory_bytes": 1 << 29,
}
_HALF = 0.004
"""Of an interval, as a share of the ratio."""


def write_run(path: Path, ratios: Mapping[str, float] = RATIOS, *, blocks: int = 8, kernel: str = "6.12") -> Path:
    """A whole run at `path`, of the host and `ratios`."""
    synthetic.write_run(path, ratios, blocks, requests=300, effect=0.001, unavailable=None, rejected=False)
    _edit(path / "run.json", lambda run: _recorded(run, kernel))
    _edit(path / "summary.json", lambda summary: _summed(summary, ratios, blocks))
    return path


def _recorded(run: dict[str, Any], kernel: str) -> None:
    run["plan"] |= {"clock": "counted", "kernel": [kernel]}
    run["command"] = f"barewire study --clock counted --kernel {kernel} --seed {run['seed']}"
    run["environment"] |= {
        "testbed": "vm", "vm": VM, "kernel": f"Linux {kernel}.48+deb13-amd64 #1 SMP", "virtualization": "QEMU",
        "cpu": {"model": "Intel Core i7 9xx (Nehalem)", "online": "0", "mitigations": {}},
    }  # fmt: skip


def _summed(summary: dict[str, Any], ratios: Mapping[str, float], blocks: int) -> None:
    summary |= {"clock": "counted", "counted": {"hash": HASH, "figures": 480}}
    pattern = next(c for c in summary["cells"] if c["load"] == "tcp-rr" and c["quantile"] == 0.5)
    for load, host in HOST.items():
        place = {"load": load, "response_bytes": SIZES.get(load), "metric": "instructions", "quantile": None}
        for network, ratio in {"host": 1.0, **ratios}.items():
            summary["cells"].append(pattern | place | _cell(network, host, ratio, blocks))
        summary["noise_floor"].append(
            place | {"ratio": 1.0, "ratio_low": 1.0, "ratio_high": 1.0, "floor": 1.0, "n": blocks}
        )


def _cell(network: str, host: float, ratio: float, blocks: int) -> dict[str, Any]:
    is_host = network == "host"
    low, high = ratio * (1 - _HALF), ratio * (1 + _HALF)
    verdict = "slower" if low > 1 else "faster" if high < 1 else "equivalent"
    bounds = {"ratio_low": low, "ratio_high": high, "joint_low": low, "joint_high": high, "family": 4}
    return {
        "network": network, "unit": "instructions", "value": host * ratio, "baseline_value": host, "ratio": ratio,
        **(dict.fromkeys(bounds) | {"family": 0} if is_host else bounds),
        "difference": 0.0 if is_host else host * (ratio - 1),
        "difference_low": None if is_host else host * (low - 1), "difference_high": None if is_host else host * (high - 1),
        "supported": True, "method": "baseline" if is_host else "paired-log-t", "n": blocks, "verdict": verdict,
        "samples": None, "samples_effective": None, "inefficiency": None, "stationary": None, "twin": None,
    }  # fmt: skip


def _edit(file: Path, change: Any) -> None:
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document, indent=1))
