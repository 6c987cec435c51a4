"""Lost packets are named where latencies were measured: network, place and reason; where none were lost nothing is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barewire.render.run.counters import named_drops
from barewire.render.run.data import load
from tests.support import synthetic

DROP = {"namespace": "n2", "dev": "eth0", "direction": "rx", "packets": 2, "reason": "wire loss"}


@pytest.fixture
def reported(tmp_path: Path) -> Callable[[Callable[[dict[str, Any], dict[str, Any]], None]], str]:
    """The sentence for a run whose loads `change` has treated, given trial and load; spaces as people type them."""

    def report(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
        path = synthetic.write_run(tmp_path / "run", {"host": 1.0, "ptp": 1.2}, blocks=2, requests=300)
        file = path / "trials.ndjson"
        trials = [json.loads(line) for line in file.read_text().splitlines()]
        for trial in trials:
            for one in trial["loads"]:
                one["machine"] |= {"drops": [], "retransmissions": 0}
                change(trial, one)
        file.write_text("".join(json.dumps(trial) + "\n" for trial in trials))
        return named_drops(load(path)).replace("\N{NO-BREAK SPACE}", " ")

    return report


def test_a_network_without_a_drop_is_not_named(reported: Callable[..., str]) -> None:
    assert reported(lambda trial, one: None) == ""


def test_a_full_queue_of_a_bulk_load_is_not_a_drop_of_a_latency(reported: Callable[..., str]) -> None:
    assert (
        reported(lambda trial, one: one["machine"].update(drops=[DROP]) if one["workload"] == "tcp-stream" else None)
        == ""
    )


def test_drops_are_named_with_network_place_and_reason(reported: Callable[..., str]) -> None:
    def lossy(trial: dict[str, Any], one: dict[str, Any]) -> None:
        if trial["network"] == "ptp" and trial["valid"] and one["workload"] == "http":
            one["machine"] |= {
                "drops": [DROP, DROP | {"dev": "veth1", "packets": 1, "reason": "interface"}],
                "retransmissions": 3,
            }

    text = reported(lossy)
    assert (
        "ptp lost 8 packets at n2/eth0 (rx, wire loss) and 4 packets at n2/veth1 (rx), and TCP sent 12 segments again"
        in text
    )
    assert "host" not in text.split("A tail")[0]
    assert "A tail near 200 or 400 ms is TCP's retransmission timer" in text


def test_without_a_retransmission_no_tail_is_explained_by_one(reported: Callable[..., str]) -> None:
    text = reported(lambda trial, one: one["machine"].update(drops=[DROP]) if one["workload"] == "http" else None)
    assert "host lost" in text and "A tail" not in text
