"""Times from wire to wire by the kernel's own stamps: between the client's send and its read, whatever the protocol."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from barewire.records import plain
from barewire.workloads.generator import load
from tests.support.generator import REQUESTS, SHORT, Run, always, answer, assert_good, datagrams, run, served, sized

OPTIONS = {key: value for key, value in SHORT.items() if key != "path"} | {"timestamps": None}


def loaded(protocol: str, rate: object, body: int = 100) -> Run:
    options: dict[str, Any]
    match protocol:
        case "http":
            server, options = served(always(answer(b"x" * body))), {"path": "/"}
        case "tcp":
            server, options = served(sized(64, body)), {"response_bytes": body}
        case _:
            server, options = datagrams(lambda datagram, number: (datagram[:8].ljust(body),)), {"response_bytes": body}
    with server as port:
        done = run(port, protocol=protocol, **OPTIONS | options | {"rate": rate})
    if "gives no time stamps" in done.stderr:
        pytest.skip("this kernel gives no time stamps")
    return done


@pytest.mark.parametrize("body", [100, 60_000])
@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("protocol", ["http", "tcp", "udp"])
def test_wire_time_is_a_part_of_the_service_time_of_each_request(protocol: str, rate: object, body: int) -> None:
    done = loaded(protocol, rate, body)
    assert_good(done, REQUESTS if rate == 500 else done.end["requests"])
    wire, service = done.values("wire"), done.values("service")
    assert len(wire) + done.end["unstamped"] == done.end["completed"] > 0
    assert done.start["timestamps"] and all(value > 0 for value in wire)
    if not done.end["unstamped"]:
        # What holds of each request holds of them in order.
        assert all(inner <= outer for inner, outer in zip(wire, service, strict=True))


def test_without_the_option_nothing_is_stamped() -> None:
    with served(always(answer())) as port:
        done = run(port, **SHORT)
    assert_good(done, REQUESTS)
    assert done.values("wire") == [] and done.end["unstamped"] is None and not done.start["timestamps"]


def test_the_driver_asks_for_stamps_and_records_them() -> None:
    spec = load.LoadSpec(
        protocol="tcp", target="127.0.0.1", port=1, path="", rate_per_s=500.0, duration_ns=1, warmup_ns=0, connections=4,
        threads=1, arrivals="even", seed=1, timeout_ns=1, timing="sleep", request_bytes=64, response_bytes=100, timestamps=True,
    )  # fmt: skip
    assert "--timestamps" in load.argv(spec, "barewire-load")
    assert "--timestamps" not in load.argv(replace(spec, timestamps=False), "barewire-load")
    done = loaded("tcp", 500)
    record = load.parse(done.stdout).record("tcp-rr", "tcp-rr", 100)
    assert record.wire_ns["count"] + (record.unstamped or 0) == record.completed == REQUESTS
    unasked = load.parse(done.stdout.replace('"timestamps":true', '"timestamps":false'))
    assert "wire_ns" not in plain(unasked.record("tcp-rr", "tcp-rr", 100))
