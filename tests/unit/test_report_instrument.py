"""What the reports say of the generator's own cost: as much as there is."""

from __future__ import annotations

import pytest

from barewire.records import InstrumentRecord
from barewire.records.instrument import BiasRecord, GeneratorMaximum, PacingRecord
from barewire.render.run import instrument

RECORD = InstrumentRecord(
    timing="spin",
    bias=(BiasRecord("veth", "http", None, 100, {"0.5": 21_000, "0.99": 40_000}, {}, {"0.5": 15_000}),),
    pacing=(
        PacingRecord("sleep", 20_000.0, 20_000.0, {"0.5": 50_000, "0.99": 90_000}, {}),
        PacingRecord("spin", 20_000.0, 20_000.0, {"0.5": 90, "0.99": 2_000}, {}),
    ),
    maximum=(GeneratorMaximum("tcp", 64, 80_000.0),),
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_every_figure_has_a_name_and_a_unit() -> None:
    assert [(name, plain(value)) for name, value in instrument.facts(RECORD)] == [
        ("generator alone: http by veth, p50 and p99", "21.0 µs and 40.0 µs"),
        ("generator alone: http by veth, p50 and p99, wire to wire", "15.0 µs and –"),
        ("generator alone: lateness at 20.0\u00a0k/s, sleep, p50 and p99", "50.0 µs and 90.0 µs"),
        ("generator alone: lateness at 20.0\u00a0k/s, spin, p50 and p99", "90.0 ns and 2.00 µs"),
        ("generator alone: maximum of one core, tcp", "80.0 k/s"),
    ]


def test_a_sentence_states_latency_and_lateness_as_waited() -> None:
    said = plain(instrument.sentence(RECORD))
    assert "21.0 µs and 40.0 µs at p50 and p99; it is late by 90.0 ns and 2.00 µs." in said


@pytest.mark.parametrize("found", [None, InstrumentRecord()])
def test_what_was_not_recorded_is_left_out(found: InstrumentRecord | None) -> None:
    assert instrument.facts(found) == []
    assert instrument.sentence(found) == ""


def test_a_generator_that_was_not_measured_alone_is_named() -> None:
    failed = "the load generator failed in the self-test (in veth, udp): none of 1000 requests was answered."
    found = InstrumentRecord(failed=failed)
    assert instrument.facts(found) == [("generator alone: could not be measured", failed)]
    assert plain(instrument.sentence(found)).endswith(failed)
