"""The driver gives the generator what it takes, and takes from it nothing that is not whole."""

from __future__ import annotations

import ctypes
import json
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from barewire.errors import LoadError, PrerequisiteError
from barewire.records import plain
from barewire.schemas import schema
from barewire.workloads.generator import load
from tests.support.generator import always, answer, program, run, served

LOAD = jsonschema.Draft202012Validator({"$ref": "#/$defs/Load", "$defs": schema("trial")["$defs"]})
SPEC = load.LoadSpec(
    protocol="http", target="127.0.0.1", port=1, path="/100", rate_per_s=500.0, duration_ns=1_200_000_000, warmup_ns=50_000_000,
    connections=4, threads=2, arrivals="poisson", seed=7, timeout_ns=20_000_000_000, timing="sleep", expect_bytes=100,
    congestion="reno", pipeline=2,
)  # fmt: skip


def measured(spec: load.LoadSpec) -> str:
    """What the generator prints for `spec`, run with the very words that the driver makes."""
    with served(always(answer())) as port:
        words = load.argv(replace(spec, port=port), str(program()))[1:]
        options: dict[str, Any] = dict(
            zip((word[2:].replace("-", "_") for word in words[::2]), words[1::2], strict=True)
        )
        done = run(int(str(options.pop("port"))), target=options.pop("target"), **options)
    assert (done.status, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def output() -> str:
    return measured(SPEC)


def whole(record: dict[str, Any], kind: str) -> dict[str, Any]:
    """A load as a trial's record keeps it: with its name and the machine's counters."""
    times = dict.fromkeys(("user", "nice", "system", "softirq", "irq", "steal", "iowait", "idle"), 0.1)
    machine = {
        "seconds": 1.0, "cpu": {"all": times, "server": times, "client": times}, "context_switches": 1,
        "retransmissions": 0, "drops": [], "kernel_drops": [], "throttled_ns": None,
    }  # fmt: skip
    more: dict[str, Any] = {"cpu_ns_per_request": 1.0} if kind == "max" else {}
    return {**record, "machine": machine, **more}


def test_the_generator_takes_every_option_of_the_driver(output: str) -> None:
    start = load.parse(output).settings
    assert start.rate_per_s == 500 and start.duration_ns == SPEC.duration_ns and start.warmup_ns == SPEC.warmup_ns
    for key in ("protocol", "target", "path", "connections", "threads", "arrivals", "seed", "timing", "timeout_ns",
                "pipeline", "expect_bytes", "congestion"):  # fmt: skip
        assert getattr(start, key) == getattr(SPEC, key), key


def test_a_cpu_is_named_for_each_thread() -> None:
    words = load.argv(replace(SPEC, threads=3, cpus=(2, 5)), "barewire-load")
    assert words[words.index("--cpus") + 1] == "2,5,2"
    assert "--cpus" not in load.argv(SPEC, "barewire-load")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("http", SPEC),
        ("http-max", replace(SPEC, rate_per_s=None)),
        ("http-crr", replace(SPEC, rate_per_s=None, protocol="http-crr", pipeline=1)),
    ],
)
def test_a_load_s_record_is_what_the_schema_of_trials_asks_for(kind: str, spec: load.LoadSpec) -> None:
    result = load.parse(measured(spec))
    LOAD.validate(whole(plain(result.record(kind, kind, 100, connects=kind == "http-crr")), kind))
    assert result.completed == result.histogram("latency").count > 0
    assert result.unfinished == 0


def test_histograms_become_entries_of_a_log_by_kind_and_second(output: str) -> None:
    entries = load.parse(output).entries("50%/100")
    assert {entry.tag for entry in entries} == {f"{kind}/50%/100" for kind in load.KINDS if kind != "wire"}
    assert all(entry.histogram.count and entry.start_ns < entry.end_ns for entry in entries)
    assert len([entry for entry in entries if entry.tag == "latency/50%/100"]) == 2


def test_ticks_hold_every_request_and_agree_with_the_histogram(output: str) -> None:
    result = load.parse(output)
    ticks = result.ticks
    assert ticks is not None and ticks.seconds == 0.1
    assert {len(ticks.samples), len(ticks.median_ns), len(ticks.above["0.5"])} == {12}
    assert sum(ticks.samples) == result.completed
    # Poisson arrivals at 500/s: a tick has about 50, and 12 of them hardly differ so much.
    assert min(ticks.samples) >= 10 and max(ticks.samples) <= 120
    half = sum(ticks.above["0.5"]) / result.completed
    assert 0.2 <= half <= 0.8
    lowest, highest = result.histogram("latency").quantile(0.0), result.histogram("latency").quantile(1)
    assert all(0.9 * lowest <= median <= 1.1 * highest + 64 for median in ticks.median_ns)


def drop(line: int, key: str) -> Any:
    def change(lines: list[dict[str, Any]]) -> None:
        del lines[line][key]

    return change


def put(line: int, key: str, value: object) -> Any:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[line][key] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines.clear(),
        lambda lines: lines.pop(),
        lambda lines: lines.pop(0),
        lambda lines: lines.pop(1),
        lambda lines: lines.reverse(),
        lambda lines: lines.insert(1, {"type": "news"}),
        lambda lines: lines.insert(1, 7),
        drop(0, "timing"),
        drop(0, "monotonic_ns"),
        put(0, "rate_per_s", "500"),
        drop(1, "latency"),
        drop(-1, "errors"),
        put(1, "latency", [[1, 2, 3]]),
        put(1, "latency", [[-1, 1]]),
        put(1, "latency", [[1, 0]]),
        put(1, "latency", [["x", 1]]),
        put(1, "latency", 5),
        put(1, "latency", []),
        put(-1, "completed", 1),
        drop(-1, "ticks"),
        put(-1, "ticks", {"tick_ns": 0, "counts": []}),
        put(-1, "ticks", {"tick_ns": 100_000_000, "counts": [[[1, -1]]]}),
        put(-1, "ticks", {"tick_ns": 100_000_000, "counts": 3}),
    ],
)
def test_output_that_is_not_whole_is_refused(output: str, change: Any) -> None:
    lines = [json.loads(line) for line in output.splitlines()]
    change(lines)
    with pytest.raises(LoadError, match="incomplete"):
        load.parse("\n".join(map(json.dumps, lines)))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_output_that_ends_early_is_refused(output: str, share: float) -> None:
    with pytest.raises(LoadError, match="incomplete"):
        load.parse(output[: int(len(output) * share)])


def test_a_generator_that_is_not_there_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BAREWIRE_LOAD", str(tmp_path / "none"))
    with pytest.raises(PrerequisiteError, match="scripts/setup"):
        load.program()
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))
    assert load.program() == str(program())


@pytest.mark.parametrize("connections", [100, 5000])
def test_a_limit_of_open_files_is_named_before_the_first_trial(connections: int, tmp_path: Path) -> None:
    def limit() -> None:
        pr_capbset_drop, cap_sys_resource = 24, 24
        ctypes.CDLL(None).prctl(pr_capbset_drop, cap_sys_resource)  # what would let root raise the limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, 1000))

    script = f"from barewire.workloads.generator import descriptors\ndescriptors.require({connections}, 1)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, preexec_fn=limit, cwd=tmp_path
    )
    if connections == 100:
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert (
            "PrerequisiteError: 5000 connections need 5066 open files: the hard limit of this process is 1000"
            in done.stderr
        )
        assert "ulimit -Hn 5066" in done.stderr
