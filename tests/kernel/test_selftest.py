"""The self-test on this machine's kernel: every figure is there, for root and for an ordinary user."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from barewire.lab import pinning
from barewire.records import plain
from barewire.render.run import instrument
from barewire.testbeds.local import LocalTestbed
from barewire.workloads.generator import load, selftest
from tests.support import generator
from tests.support import server as sources

SHORT = selftest.Lengths(0.1, 0.1, 0.5)


@pytest.fixture(autouse=True)
def from_their_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sanitizers, and not those that happen to be installed; on a busy machine an answer may take long."""
    monkeypatch.setattr(selftest, "_TIMEOUT_NS", 50 * 10**9)
    monkeypatch.setattr(load, "SLACK_SECONDS", 100.0)
    monkeypatch.setenv("BAREWIRE_LOAD", str(generator.program()))
    monkeypatch.setenv("BAREWIRE_SERVE", str(sources.program()))


def test_it_answers_every_question_and_says_what_it_does() -> None:
    said: list[str] = []
    pins = pinning.choose("auto", "auto", "auto", LocalTestbed().machine().cpus)
    record = selftest.run(LocalTestbed(), pins, SHORT, said.append).record()
    assert json.loads(json.dumps(plain(record)))["server"] == record.server == "serve"
    assert [(one.path, one.protocol) for one in record.bias] == [
        (path, protocol) for path in ("loopback", "veth") for protocol in ("tcp", "udp", "http")
    ]
    for one in record.bias:
        for found in (one.latency_ns, one.service_ns):
            assert 0 < found["0.5"] <= found["0.99"] <= found["max"]
            assert 0 < found["count"] <= 400  # fewer where other programs took the CPU
    assert [late.timing for late in record.pacing] == ["spin", "sleep"]
    assert all(late.lag_ns["count"] for late in record.pacing)
    assert all(most.rate_per_s > 0 for most in record.maximum)
    assert record.timer is not None and record.timer.resolution_ns > 0
    assert record.steal_share is not None and 0 <= record.steal_share <= 1
    assert len(said) == 11
    assert len(instrument.facts(record)) >= 11 and instrument.sentence(record).endswith(".")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other test is an ordinary user's already")
def test_an_ordinary_user_can_run_it() -> None:
    """In a user namespace, with the installed programs; a machine that allows none to users is not barewire's fault."""
    code = (
        "from barewire.lab import pinning\n"
        "from barewire.workloads.generator import load, selftest\n"
        "from barewire.testbeds.local import LocalTestbed\n"
        "pins = pinning.choose('auto', 'auto', 'auto', LocalTestbed().machine().cpus)\n"
        "selftest._TIMEOUT_NS, load.SLACK_SECONDS = 50 * 10**9, 100.0\n"
        "print(len(selftest.run(LocalTestbed(), pins, selftest.Lengths(0.1, 0.1, 0.5)).bias))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, user=65534, group=65534, extra_groups=[],
        timeout=5 * generator.LIMIT_SECONDS, check=False, cwd="/", env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    if "user namespace" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert (done.returncode, done.stdout) == (0, "6\n"), done.stderr
