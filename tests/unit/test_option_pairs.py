"""Every pair of options of `barewire study` is honoured or refused: none is ignored because of the other."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from barewire.cli import every, measuring, outcome, ready, resuming, study
from barewire.cli.progress import Display
from barewire.study.design.options import WORKLOADS
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.design.presets import COUNTED_QUICK, QUICK
from barewire.study.execution.session import Session, StudyEnd, Surroundings
from tests.support import synthetic
from tests.support.typer_command import invoke


@dataclass
class Heard:
    """What reached the study: the plan and everything beside it."""

    plan: StudyPlan | None = None
    beside: dict[str, Any] = field(default_factory=dict)


def of_plan(key: str, value: object) -> Callable[[Heard], bool]:
    return lambda heard: heard.plan is not None and getattr(heard.plan, key) == value


def beside(key: str, value: object) -> Callable[[Heard], bool]:
    return lambda heard: heard.beside.get(key) == value


def has_network(name: str) -> Callable[[Heard], bool]:
    return lambda heard: heard.plan is not None and name in heard.plan.networks


def is_quick(heard: Heard) -> bool:
    """Of the keys that `--quick` sets another option may set one."""
    kinds = (QUICK["workloads"], COUNTED_QUICK["workloads"])
    return heard.plan is not None and (heard.plan.blocks == QUICK["blocks"] or list(heard.plan.workloads) in kinds)


OPTIONS: dict[str, tuple[str, Callable[[Heard], bool]]] = {
    "networks": ("docker", has_network("docker")),
    "network": ("ptp", has_network("ptp")),
    "workloads": ("all", lambda heard: heard.plan is not None and sorted(heard.plan.workloads) == sorted(WORKLOADS)),
    "loads": ("40%", of_plan("loads", ("40%",))),
    "loads_of": ("host", of_plan("loads_of", "host")),
    "own_loads": ("none", of_plan("own_loads", ())),
    "sizes": ("200", of_plan("sizes", (200,))),
    "server": ("serve", of_plan("server", "serve")),
    "request_bytes": ("65", of_plan("request_bytes", 65)),
    "response_bytes": ("66", of_plan("response_bytes", 66)),
    "timestamps": ("", of_plan("timestamps", True)),
    "quick": ("", is_quick),
    "budget": ("3", of_plan("budget", 3.0)),
    "blocks": ("7", lambda heard: 7 in (heard.beside.get("blocks"), heard.plan.blocks if heard.plan else 0)),
    "restarts": ("2", of_plan("restarts", 2)),
    "seconds": ("0.4", of_plan("seconds", 0.4)),
    "until": ("p50=3%", of_plan("until", ("p50=3%",))),
    "margin": ("4%", lambda heard: heard.plan is not None and "4" in str(heard.plan.margin)),
    "warmup": ("0.1", of_plan("warmup", 0.1)),
    "connections": ("32", of_plan("connections", 32)),
    "threads": ("2", of_plan("threads", 2)),
    "pipeline": ("3", of_plan("pipeline", 3)),
    "arrivals": ("poisson", of_plan("arrivals", "poisson")),
    "timing": ("sleep", of_plan("timing", "sleep")),
    "streams": ("5", of_plan("streams", 5)),
    "server_cpus": ("0", of_plan("server_cpus", (0,))),
    "client_cpus": ("1", of_plan("client_cpus", (1,))),
    "port": ("21000", of_plan("port", 21000)),
    "nodes": ("3", of_plan("nodes", 3)),
    "pods": ("2", of_plan("pods", 2)),
    "family": ("6", of_plan("family", 6)),
    "wire": ("mtu=1400", lambda heard: heard.plan is not None and heard.plan.wire.mtu == 1400),
    "topology": ("racks=2,nodes=1", of_plan("topology", "racks=2,nodes=1")),
    "testbed": ("kubernetes", of_plan("testbed", "kubernetes")),
    "machines": ("a%eth1,b%eth1", of_plan("machines", ("a%eth1", "b%eth1"))),
    "context": ("there", of_plan("context", "there")),
    "namespace": ("work", of_plan("namespace", "work")),
    "pairs": ("2", of_plan("pairs", 2)),
    "policies": ("5", of_plan("policies", (5,))),
    "image": ("any:1", of_plan("image", "any:1")),
    "cni_config": ("none", of_plan("cni_config", "none")),
    "peer": ("there:19999", of_plan("peer", "there:19999")),
    "endpoints": ("host=10.0.0.2", of_plan("endpoints", ("host=10.0.0.2",))),
    "token_file": ("{folder}/token", lambda heard: heard.plan is not None and heard.plan.token_file.endswith("/token")),
    "kernel": ("host", of_plan("kernel", ("host",))),
    "tune": ("study-2016", of_plan("tune", ("study-2016",))),
    "clock": ("counted", of_plan("clock", "counted")),
    "memory": ("512", of_plan("memory", 512)),
    "out": ("{folder}/out", lambda heard: str(heard.beside.get("out")).endswith("/out")),
    "resume": ("{folder}/run", lambda heard: str(heard.beside.get("resume")).endswith("/run")),
    "seed": ("11", of_plan("seed", 11)),
    "json": ("-", beside("json", "-")),
    "export": ("csv", beside("exports", ["csv"])),
    "dry_run": ("", beside("dry_run", True)),
    "force": ("", beside("force", True)),
    "verbose": ("", beside("verbose", True)),
}
"""A value of each option, and how it shows that it was honoured."""


class FakeSession:
    """Notes what a session is run with, and measures nothing."""

    def __init__(self, plan: StudyPlan, found: Heard) -> None:
        self.plan, self._found = plan, found

    def run(self, around: Surroundings, preflight: object) -> StudyEnd:
        display = around.progress()
        assert isinstance(display, Display)
        self._found.beside["verbose"] = display.verbose
        return StudyEnd(Path(), factor="tune")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    found = Heard()

    @contextmanager
    def watched(plan: StudyPlan, say: object) -> Iterator[None]:
        yield None

    def mention(preflight: object, say: object, *, force: bool) -> dict[str, Any]:
        found.beside["force"] = force
        return {}

    def begin(plan: StudyPlan, path: Path, *_: object) -> FakeSession:
        found.plan = plan
        found.beside["out"] = path
        return FakeSession(plan, found)

    def resume(path: Path, blocks: int | None) -> FakeSession:
        found.beside |= {"resume": path, "blocks": blocks}
        return FakeSession(load_plan(), found)

    def conclude(ended: StudyEnd, json: str | None, exports: list[str], offer: list[str]) -> None:
        found.beside |= {"json": json, "exports": list(exports)}

    def show(plan: StudyPlan, out: Path | None, *, as_json: bool, quick: bool) -> None:
        found.plan = plan
        found.beside |= {"dry_run": True, "out": out, "json": "-" if as_json else None}

    def show_left(path: Path, blocks: int | None, json: str | None) -> None:
        found.beside |= {"dry_run": True, "resume": path, "blocks": blocks, "json": json}

    monkeypatch.setattr(ready, "watched", watched)
    monkeypatch.setattr(ready, "mention", mention)
    monkeypatch.setattr(Session, "begin", begin)
    monkeypatch.setattr(Session, "resume", resume)
    monkeypatch.setattr(outcome, "conclude", conclude)
    monkeypatch.setattr(measuring, "_show", show)
    monkeypatch.setattr(resuming, "show", show_left)
    return found


@cache
def _study() -> Any:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(study.command)
    return typer.main.get_command(app)


def test_every_option_of_study_is_walked() -> None:
    names = {one.opts[0].removeprefix("--").replace("-", "_") for one in _study().params}
    assert names - {"plan", "install_completion", "show_completion"} == set(OPTIONS)


@pytest.mark.parametrize("first", OPTIONS)
def test_both_of_two_options_are_honoured_or_refused(first: str, heard: Heard, tmp_path: Path) -> None:
    synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=1, requests=20, unavailable=None)
    for second in list(OPTIONS)[list(OPTIONS).index(first) + 1 :]:
        heard.plan, heard.beside = None, {}
        words = []
        for name in (first, second):
            value = OPTIONS[name][0].format(folder=tmp_path)
            words += [f"--{name.replace('_', '-')}", *([value] if value else [])]
        done = invoke(_study(), words)
        if done.exit_code != 0:
            assert getattr(done.exception, "exit_code", None) == 2, f"{words}: {done.exception!r}"
            continue
        for name in (first, second):
            unused = f"--{name.replace('_', '-')} has no effect" in done.output
            assert unused or OPTIONS[name][1](heard), f"{name} is ignored in {words}: {done.output}"


WITH_PEER = ("--peer", "there:19999", "--endpoints", "host=10.0.0.2", "--token-file", "{folder}/token")


def test_with_a_peer_options_are_honoured_or_refused(heard: Heard, tmp_path: Path) -> None:
    synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=1, requests=20, unavailable=None)
    refused = set()
    for name in OPTIONS.keys() - {"peer", "endpoints", "token_file"}:
        heard.plan, heard.beside = None, {}
        value, is_honoured = OPTIONS[name]
        words = [*WITH_PEER, f"--{name.replace('_', '-')}", *([value] if value else [])]
        done = invoke(_study(), [word.format(folder=tmp_path) for word in words])
        if done.exit_code != 0:
            assert getattr(done.exception, "exit_code", None) == 2, f"{words}: {done.exception!r}"
            refused.add(name)
            continue
        unused = f"--{name.replace('_', '-')} has no effect" in done.output
        assert unused or is_honoured(heard), f"{name} is ignored in {words}: {done.output}"
    of_labs = {"networks", "network", "nodes", "pods", "family", "wire", "topology", "tune", "clock", "memory"}
    of_clusters = {"testbed", "machines", "context", "namespace", "pairs", "policies", "image", "cni_config"}
    assert refused == of_labs | of_clusters | {"restarts", "resume"}


def _callbacks(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from _callbacks(one, (*path, name))
    if not getattr(command, "commands", {}):
        yield " ".join(path), command


EVERY = dict(_callbacks(typer.main.get_command(every.app)))


@pytest.mark.parametrize("name", [name for name in EVERY if name != "study"])
def test_every_option_of_a_command_is_read_by_it(name: str) -> None:
    source = inspect.getsource(inspect.unwrap(EVERY[name].callback))
    read = {
        node.id for node in ast.walk(ast.parse(textwrap.dedent(source)))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }  # fmt: skip
    declared = {one.name for one in EVERY[name].params}
    assert declared - read - {"help"} == set()


@pytest.mark.parametrize("other", [name for name in OPTIONS if name not in ("testbed", "machines")])
def test_an_option_beside_other_machines_is_honoured_or_refused(other: str, heard: Heard, tmp_path: Path) -> None:
    synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=1, requests=20, unavailable=None)
    value = OPTIONS[other][0].format(folder=tmp_path)
    words = [
        "--testbed",
        "ssh",
        "--machines",
        "a%eth1,b%eth1",
        f"--{other.replace('_', '-')}",
        *([value] if value else []),
    ]
    done = invoke(_study(), words)
    if done.exit_code != 0:
        assert getattr(done.exception, "exit_code", None) == 2, f"{words}: {done.exception!r}"
        return
    assert heard.beside.get("resume") is None and heard.plan is not None
    assert (heard.plan.testbed, heard.plan.machines) == ("ssh", ("a%eth1", "b%eth1"))
    unused = f"--{other.replace('_', '-')} has no effect" in done.output
    assert unused or OPTIONS[other][1](heard), f"{other} is ignored in {words}: {done.output}"
