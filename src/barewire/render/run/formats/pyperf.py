"""What single blocks measured, as a pyperf file: `pyperf compare_to`, `hist`, `stats` and `check` read it.

https://pyperf.readthedocs.io, file format 1.0. A benchmark is a network under a load in one metric, each trial is a run with one
value: trials are the replicates here as processes are there. pyperf knows seconds and that less is better; so times are
seconds, and a rate is the **time for one** (a request, a connection; a gigabit of a stream): 1 / rate, which its name says. That
keeps `faster` and `slower` of compare_to true. Instructions are integers; those of a byte, which are less than one, stand for
a MiB. Quantiles stand only where every trial alone supports them; a maximum never does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from barewire.errors import RunError
from barewire.render.format import Format
from barewire.render.run import counted, labels
from barewire.render.run.data import ReportData
from barewire.results import reading, words
from barewire.results.analysis import LoadKey, Run, metrics_of
from barewire.statistics.verdicts import EXCEEDANCES
from barewire.workloads.definition.metric import Metric

_VERSION = "1.0"


def render(data: ReportData) -> str:
    """The document; raises `RunError` if there is no valid trial, because pyperf reads no empty file."""
    run = reading.read(data.path).analysed()
    benchmarks = [
        one for load in run.loads for network in run.measured for one in _benchmarks(data, run, network, load)
    ]
    if not benchmarks:
        raise RunError("there is no valid trial yet to be exported", where=str(data.path))
    document = {"version": _VERSION, "metadata": _metadata(data), "benchmarks": benchmarks}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _benchmarks(data: ReportData, run: Run, network: str, load: LoadKey) -> Iterator[dict[str, object]]:
    started = {trial.trial: trial.started for trial in run.trials}
    observed = run.all_of(network, load)
    for metric, quantile in metrics_of(load):
        scaled = _scaled(metric, load)
        if scaled is None or not observed or not all(_supported(one.samples(metric), quantile) for one in observed):
            continue
        found = [(one, one.value(metric, quantile)) for one in observed]
        suffix, unit, scale = scaled
        values = [(one.trial, scale(value)) for one, value in found if value and value > 0]
        if values:
            what = metric.name if quantile is None else f"{metric.name} {words.quantile(quantile)}"
            where = labels.HistogramKey(network, load.load, load.response_bytes)
            name = _line(counted.marked(data, f"{where} {what}{suffix}"))
            runs = [{"values": [value], "metadata": _of_trial(trial, started)} for trial, value in values]
            yield {"metadata": {"name": name, "unit": unit, "loops": 1}, "runs": runs}


def _scaled(metric: Metric, load: LoadKey) -> tuple[str, str, Any] | None:
    """What is added to the name, pyperf's unit, and how to come to it from a value; None for what is no time, rate or count."""
    match metric.unit:
        case "ns":
            return "", "second", lambda value: value / 1e9
        case "1/s":
            return " (time for one)", "second", lambda value: 1 / value
        case "bit/s":
            return " (time for 1 Gbit)", "second", lambda value: 1e9 / value
        case words.INSTRUCTIONS if words.per(load.load) == "byte":
            return " per MiB", "integer", lambda value: round(value * 2**20)
        case words.INSTRUCTIONS:
            return f" per {words.per(load.load)}", "integer", round
        case _:
            return None


def _supported(samples: int, quantile: float | None) -> bool:
    return quantile is None or (quantile < 1 and samples >= round(EXCEEDANCES / (1 - quantile)))


def _of_trial(trial: int, started: Mapping[int, str]) -> dict[str, object]:
    # pyperf parses dates itself, and knows no Z.
    date = started.get(trial, "").replace("T", " ").removesuffix("Z")
    return {"trial": trial, **({"date": date} if date else {})}


def _metadata(data: ReportData) -> dict[str, object]:
    """What is the same for all; pyperf takes texts of one line that are not empty, and numbers."""
    environment = data.run.environment
    found = {
        "description": "barewire: container networks against the host",
        "barewire_run": data.path.name,
        "barewire_version": environment.get("versions", {}).get("barewire"),
        "platform": environment.get("kernel"),
        "cpu_model_name": environment.get("cpu", {}).get("model"),
        "virtualization": environment.get("virtualization"),
        "clock": counted.short(data),
        "counted_hash": counted.digest(data),
        "vm": counted.machine(data),
        "command": data.run.command,
        "seed": data.run.seed,
        "not_measured": "; ".join(labels.unmeasured(data)),
        "partial": None if data.summary.complete else "the run is partial",
    }
    plain = {key: _line(value) if isinstance(value, str) else value for key, value in found.items()}
    return {key: value for key, value in plain.items() if value not in (None, "")}


def _line(text: str) -> str:
    return " ".join(text.split())


FORMAT = Format("pyperf", "pyperf.json", "what each trial measured, for pyperf compare_to, hist and stats", render)
