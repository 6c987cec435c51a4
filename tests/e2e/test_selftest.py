"""The self-test as a user types it; tests/e2e/test_output.py has its streams."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from barewire.lab import pinning
from barewire.testbeds.local import LocalTestbed
from barewire.workloads.generator import load, selftest
from barewire.workloads.generator.selftest import Selftest
from tests.support.command import Done, barewire, barewire_inside

pytestmark = pytest.mark.kernel


SHORT = selftest.Lengths(0.1, 0.1, 0.5)


@pytest.fixture(scope="module")
def measured() -> Selftest:
    """The figures of one self-test, which both tests print. On a busy machine an answer may take long."""
    pins = pinning.choose("auto", "auto", "auto", LocalTestbed().machine().cpus)
    with mock.patch.object(selftest, "_TIMEOUT_NS", 50 * 10**9), mock.patch.object(load, "SLACK_SECONDS", 100.0):
        return selftest.run(LocalTestbed(), pins, SHORT)


def printed(monkeypatch: pytest.MonkeyPatch, measured: Selftest, *options: str) -> Done:
    monkeypatch.setattr(selftest, "run", lambda *_: measured)
    return barewire_inside("selftest", "--quick", *options)


def test_standard_output_has_one_document_and_nothing_else(measured: Selftest, monkeypatch: pytest.MonkeyPatch) -> None:
    done = printed(monkeypatch, measured, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["schema"] == "barewire/selftest/2"
    assert found["verdict"]["fit"] == (not found["verdict"]["reasons"])
    assert len(found["bias"]) == 6 and len(found["pacing"]) == 2 and len(found["maximum"]) == 3


def test_the_figures_are_readable_in_eighty_columns(measured: Selftest, monkeypatch: pytest.MonkeyPatch) -> None:
    done = printed(monkeypatch, measured)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80 and "…" not in done.out
    assert (
        sum(line.startswith(("Verdict: fit to measure. ", "Verdict: not fit to measure now, ")) for line in lines) == 1
    )
    for name in ("tcp by loopback", "udp by veth", "http by veth", "spin", "sleep"):
        assert sum(line.startswith(name) for line in lines) == 1


def test_the_server_and_the_generator_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, what in (("BAREWIRE_LOAD", "the load generator"), ("BAREWIRE_SERVE", "the server")):
        with monkeypatch.context() as context:
            context.setenv(variable, "/nowhere/program")
            done = barewire("selftest", "--quick")
            assert done.code == 2
            assert done.sentence.startswith(f"barewire: {what} /nowhere/program is missing. Install barewire")
