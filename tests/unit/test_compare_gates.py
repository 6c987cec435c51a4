"""Gates: what they accept, and that they say 'holds' or 'fails' only where the whole interval does."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barewire.errors import BarewireError, UsageError
from barewire.render.comparison.gates import sentence
from barewire.results.comparison.answer import compared
from barewire.results.comparison.gate import METRICS, Gate, network_of, parse
from barewire.results.comparison.gates import _outcome
from barewire.results.comparison.units import level as level_of
from barewire.results.precision.targets import QUANTILES
from barewire.statistics import Interval
from barewire.study.execution.run import RunDirectory
from tests.support import synthetic

NAMES = st.text(string.ascii_lowercase + "+/:=0", min_size=1, max_size=20)
LOADS = st.one_of(
    st.none(), st.integers(1, 150).map(lambda n: f"{n}%"), st.sampled_from(["http-max", "tcp-stream-4", "http-crr"])
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("gates")
    return (
        synthetic.write_run(folder / "before", {"flannel/vxlan": 1.5, "ptp": 1.2}, seed=1, loads=("50%", "90%")),
        synthetic.write_run(folder / "after", {"flannel/vxlan": 1.65, "ptp": 1.2}, seed=2, loads=("50%", "90%")),
    )


@given(
    NAMES,
    st.sampled_from([*QUANTILES, *METRICS]),
    st.booleans(),
    LOADS,
    st.one_of(st.none(), st.integers(1, 1 << 20)),
    st.integers(0, 99),
    st.sampled_from(["<=", "≤", " <= ", "  ≤  "]),
)
def test_what_is_written_by_the_form_is_read_as_it_was_meant(
    network: str, metric: str, overhead: bool, load: str | None, size: int | None, percent: int, sign: str
) -> None:
    words = [
        network,
        metric,
        *(["overhead"] if overhead else []),
        *(["at", load] if load else []),
        *([f"{size}B"] if size else []),
    ]
    gate = parse(f"{' '.join(words)}{sign}{percent} %")
    wanted = ("latency", QUANTILES[metric]) if metric in QUANTILES else (METRICS[metric], None)
    assert (gate.network, gate.metric, gate.quantile) == (network, *wanted)
    assert (gate.overhead, gate.load, gate.response_bytes, gate.limit) == (overhead, load, size, percent / 100)


@given(st.text(max_size=60))
@example("a p50 <= 5%%")
@example("a p50 at <= 5%")
@example("a p50 <= -5%")
@example("a p50 <= 9999999999%")
@example("a p50 <= nan%")
@example("a rate <= 100%")
def test_every_other_text_is_refused_with_the_form(text: str) -> None:
    try:
        parse(text)
    except UsageError as error:
        assert error.exit_code == 2
        assert "NETWORK [LOAD] METRIC [overhead] [at LOAD] [SIZE] <= N%" in error.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vxlan p99", "it has no <="),
        ("vxlan p98 <= 5%", "Did you mean p99"),
        ("vxlan thruput <= 5%", "Did you mean throughput"),
        ("vxlan p99 overhed <= 5%", "Did you mean overhead"),
        ("vxlan p99 <= 5", "'5' is not a limit like 5%"),
        ("vxlan p99 <= five%", "not a limit"),
        ("p99 <= 5%", "lacks a network or a metric"),
        ("vxlan throughput <= 100%", "no rate can fall by 100 %"),
    ],
)
def test_a_wrong_gate_states_what_is_expected_and_the_nearest(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_a_network_is_known_by_what_follows_its_slash() -> None:
    known = ["flannel/vxlan", "ptp", "cilium/native", "calico/native"]
    assert network_of("vxlan", known) == "flannel/vxlan"
    assert network_of("ptp", known) == "ptp"
    with pytest.raises(UsageError, match="may be cilium/native or calico/native"):
        network_of("native", known)
    with pytest.raises(UsageError, match=r"Did you mean flannel/vxlan\?"):
        network_of("flanel/vxlan", known)
    with pytest.raises(UsageError, match="Networks of these runs: flannel/vxlan"):
        network_of("zzz", known)


@given(st.floats(0.2, 5), st.floats(1, 2), st.integers(0, 99), st.sampled_from(["latency", "throughput"]))
def test_a_gate_is_decided_by_a_limit_outside_its_interval(
    ratio: float, width: float, percent: int, metric: str
) -> None:
    gate = Gate("", "ptp", metric, None, False, None, None, percent / 100)
    interval = Interval(ratio, ratio / width, ratio * width, 6, "")
    outcome = _outcome(gate, interval)
    bad = [x > gate.bound if metric == "latency" else x < gate.bound for x in (ratio / width, ratio, ratio * width)]
    assert outcome == ("fails" if all(bad) else "undecided" if any(bad) else "holds")
    assert _outcome(gate, replace(interval, low=None, high=None)) == "undecided"
    assert _outcome(gate, None) == "undecided"


@pytest.mark.parametrize(
    ("gates", "outcomes", "code"),
    [
        (["vxlan p99 <= 5%"], ["fails"], 1),
        (["vxlan p99 <= 30%"], ["holds"], 0),
        (["vxlan p99 <= 10%"], ["undecided"], 3),
        (["vxlan p99 at 90% 100B <= 5%"], ["fails"], 1),
        (["vxlan p99 at 70% <= 5%"], ["undecided"], 3),
        (["vxlan p99.999 <= 5%"], ["undecided"], 3),
        (["vxlan rate <= 2%"], ["fails"], 1),
        (
            ["vxlan rate <= 20%", "ptp cpu <= 8%", "ptp throughput <= 9%", "ptp connect at http-crr <= 9%"],
            ["holds"] * 4,
            0,
        ),
        (["vxlan p50 overhead <= 80%"], ["holds"], 0),
        (["vxlan p50 loss <= 50%"], ["fails"], 1),
        (["vxlan throughput loss <= 10%"], ["fails"], 1),
        (["ipvlan/l2 p50 <= 5%"], ["undecided"], 3),
        (["vxlan packets <= 10%"], ["undecided"], 3),
        (["ptp p50 <= 5%", "ipvlan/l2 p50 <= 5%"], ["holds", "undecided"], 3),
        (["vxlan p99 <= 5%", "ipvlan/l2 p50 <= 5%"], ["fails", "undecided"], 1),
    ],
)
def test_gates_fail_hold_or_are_undecided(
    runs: tuple[Path, Path], gates: list[str], outcomes: list[str], code: int
) -> None:
    found = compared(runs, gate_texts=gates)
    assert [judged.outcome for judged in found.judged] == outcomes
    assert found.exit_code == code
    for judged, gate in zip(found.judged, gates, strict=True):
        assert sentence(judged).startswith(gate)
        assert sentence(judged).count(".\n") == 0 and sentence(judged).endswith(".")


def test_of_several_gates_each_decided_one_eases_the_next(runs: tuple[Path, Path]) -> None:
    found = compared(
        runs, gate_texts=["vxlan p99 <= 5%", "vxlan p99 <= 10%", "vxlan p99 <= 40%", "ipvlan/l2 p50 <= 5%"]
    )
    confidence = [judged.confidence for judged in found.judged]
    # Three can be judged; two of them are decided at once, and the last is looked at as if it stood alone.
    assert confidence == pytest.approx([1 - 0.05 / 3, 0.95, 1 - 0.05 / 3, 0.95])


def test_one_run_is_gated_by_its_losses_alone(runs: tuple[Path, Path]) -> None:
    found = compared(runs[:1], gate_texts=["vxlan p99 loss <= 80%", "ptp p99 loss <= 80%"])
    assert [judged.outcome for judged in found.judged] == ["holds", "holds"]
    assert not found.pairings
    with pytest.raises(UsageError, match="asks what changed, and there is one run"):
        compared(runs[:1], gate_texts=["vxlan p99 <= 80%"])
    with pytest.raises(UsageError, match="one run cannot be compared"):
        compared(runs[:1])


def test_a_gate_on_the_host_or_on_an_unknown_network_is_refused(runs: tuple[Path, Path]) -> None:
    for gate, said in (("host p50 <= 5%", "about the host"), ("flanel/vxlan p50 <= 5%", "Did you mean flannel/vxlan")):
        with pytest.raises(BarewireError, match=said) as caught:
            compared(runs, gate_texts=[gate])
        assert caught.value.exit_code == 2


def test_every_later_run_is_judged(runs: tuple[Path, Path]) -> None:
    found = compared([runs[0], runs[0], runs[1]], gate_texts=["vxlan p99 <= 5%"])
    assert [(judged.after, judged.outcome) for judged in found.judged] == [(1, "holds"), (2, "fails")]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same trials twice: of a study of six blocks, and of one that stopped after them because it was precise."""
    folder = tmp_path_factory.mktemp("stopped")
    fixed, stopped = (synthetic.write_run(folder / name, {"docker": 1.3}, blocks=6) for name in ("fixed", "stopped"))
    record = json.loads((stopped / "run.json").read_text())
    record["plan"] |= {"until": ["p50=5%"], "blocks": 60}
    (stopped / "run.json").write_text(json.dumps(record))
    return fixed, stopped


def test_a_gate_has_the_level_of_the_look_that_ended_a_run(stopped: tuple[Path, Path]) -> None:
    text = "docker p50 overhead <= 100%"
    (plain,), (wider,) = (compared([run], gate_texts=[text]).judged for run in stopped)
    summary = RunDirectory.open(stopped[1]).summarise()
    assert plain.confidence == 0.95 and 0.97 < wider.confidence == pytest.approx(summary.confidence, abs=1e-5)
    assert plain.interval and wider.interval and plain.interval.high and wider.interval.high
    assert wider.interval.high > plain.interval.high
    # A limit between the two is no longer kept for certain.
    between = (plain.interval.high + wider.interval.high) / 2
    text = f"docker p50 overhead <= {(between - 1) * 100:.4f}%"
    assert [compared([run], gate_texts=[text]).judged[0].outcome for run in stopped] == ["holds", "undecided"]


def test_a_change_of_a_stopped_run_has_the_level_of_its_look(stopped: tuple[Path, Path]) -> None:
    fixed, stopped_run = stopped
    for runs, level in (((fixed, fixed), 0.95), ((fixed, stopped_run), 0.992)):
        found = compared(runs, gate_texts=["docker p50 <= 5%"])
        comparison = found.pairings[0].comparison
        assert comparison.level() == pytest.approx(level, abs=0.001)
        assert found.judged[0].confidence == comparison.level()
        # Docker is the only network, and each interval is then its own.
        assert comparison.together == comparison.level()
        assert level_of([*comparison.runs[0], *comparison.runs[1]], "runs") == 0.95
