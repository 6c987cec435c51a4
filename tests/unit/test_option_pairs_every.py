"""Every pair of options of every command but `study` is honoured or refused; `test_option_pairs.py` walks those of `study`.

The options come from the command line itself, their values from their types; only a text needs an example. A command runs as it
is, down to one function below it, which notes what it was given and answers with what was made once. An option is honoured
beside another if it makes a difference: in what that function was given, in what is printed or written, or in the exit code.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from barewire.cli import costing, every, kernel_list, lab, ready, serving
from barewire.cli import selftest as selftest_command
from barewire.cli.commands import application
from barewire.errors import UsageError
from barewire.explain import run as explained
from barewire.kernel.tuning import machine
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernels import archive
from barewire.lab import doctor, hold
from barewire.lab.doctor import Check
from barewire.lab.pinning import Pinning
from barewire.model.growing_racks import GrowingRacks
from barewire.networks import catalogue
from barewire.records import ErrorExamples, LoadCounters, LoadSettings
from barewire.records.coordination import CostDocument
from barewire.records.instrument import BiasRecord, GeneratorMaximum, PacingRecord
from barewire.records.kernels import KernelRecord
from barewire.records.load import GeneratorCpu, TcpCounters
from barewire.render.explanation import files
from barewire.render.format import DocumentKind
from barewire.results import coordination
from barewire.results.comparison import answer
from barewire.results.history import series as histories
from barewire.testbeds.kubernetes import connection
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.vm import kernels, supports
from barewire.workloads.generator import direct, selftest
from barewire.workloads.generator import load as generator
from barewire.workloads.generator.histogram import Histogram
from tests.support import synthetic
from tests.support.typer_command import invoke

PORT = 20_000
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "report": {"format": "json"},
    "doctor": {"testbed": "ssh", "machines": "a%eth1,b%eth1", "context": "there", "namespace": "work", "image": "pause:3.9"},
    "selftest": {"testbed": "ssh", "machines": "a%eth1,b%eth1"},
    "compare": {"margin": "2", "format": "json", "gate": "ptp p50 <= 90%", "unlike": "kernel", "history": "{folder}/runs"},
    "history": {"format": "json", "since": "2025-01-01", "unlike": "kernel"},
    "explain": {"format": "json", "networks": "ptp", "kernel": "6.12", "load": "udp-rr"},
    "load": {
        "target": "127.0.0.1", "protocol": "http-crr", "path": "/1", "rate": "50", "arrivals": "even", "duration": "30ms",
        "warmup": "10ms", "drain": "20ms", "timeout": "3s", "timing": "spin", "cpus": "0", "congestion": "cubic",
        "json": "{folder}/out/document.json",
    },
    "kernels": {"names": "6.12"},
    "tune show": {"profile": "latency", "root": "{folder}/tree"},
    "tune apply": {"root": "{folder}/tree"},
    "lab up": {"name": "mine", "family": "6", "wire": "mtu=1400", "racks": "racks=2,nodes=1"},
    "serve": {"bind": "127.0.0.2", "ports": "21000-21999"},
    "networks cost": {
        "networks": "ptp+vxlan", "nodes": "2,4", "measure": "2", "topology": "racks=2", "format": "json",
    },
    "testbed clean": {"context": "there", "namespace": "work"},
    "networks plan": {"format": "json", "hosts": "{folder}/hosts.json", "node": "h9", "blocks": "2"},
}  # fmt: skip
"""Values of options whose type does not say what may stand there, and of those that want something that exists."""

BASE: Mapping[str, Sequence[str]] = {
    "report": ["{folder}/runs/a"],
    "compare": ["{folder}/runs/a", "{folder}/runs/b"],
    "history": ["{folder}/runs"],
    "load": ["--target", "127.0.0.1", "--port", str(PORT)],
    "tune apply": ["latency"],
    "lab up": ["ptp+vxlan"],
    "serve": ["--token-file", "{folder}/token"],
    "networks plan": ["{folder}/topology.json"],
    "lab exec": ["n1-p1", "--", "true"],
    "lab down": ["ptp"],
}
"""What a command wants at least."""


@dataclass
class Heard:
    """What the function below the command was given."""

    calls: list[str] = field(default_factory=list)

    def note(self, name: str, *given: object) -> None:
        self.calls.append(f"{name}{given!r}")


@dataclass(frozen=True)
class Outcome:
    """All that an option can make a difference to."""

    code: int
    said: str
    heard: tuple[str, ...]
    written: tuple[str, ...]

    @property
    def refused(self) -> bool:
        return self.code == 2


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from _leaves(one, (*path, name))
    if not getattr(command, "commands", {}):
        yield " ".join(path), command


APP = typer.main.get_command(every.app)
COMMANDS = {name: one for name, one in _leaves(APP) if name != "study"}


@cache
def _command(name: str) -> Any:
    """The command line as a user's process builds it, with the one command that is typed."""
    return typer.main.get_command(application((name.split()[0],)))


def optional(name: str) -> list[Any]:
    """The parameters of a command that may be left out."""
    return [one for one in COMMANDS[name].params if not one.required and one.name != "help"]


def shown(parameter: Any) -> str:
    """As an error names it; an argument has no name of its own."""
    return str(parameter.opts[0]) if parameter.param_type_name == "option" else ""


def words(command: str, parameter: Any) -> list[str]:
    """The parameter with a value that is not its default."""
    if getattr(parameter, "is_flag", False):
        return [parameter.opts[0]]
    value = EXAMPLES.get(command, {}).get(parameter.name) or _value(parameter)
    return [parameter.opts[0], value] if parameter.param_type_name == "option" else [value]


def _value(parameter: Any) -> str:
    kind, default = parameter.type_descriptor.annotation, parameter.default
    if kind in (int, float):
        return str(2 * default if default else 2)
    assert kind is Path, f"{parameter.name} needs an example"
    return f"{{folder}}/out/{parameter.name}"


class Bench:
    """Runs one command with given words, in a folder that has what its options name."""

    def __init__(self, folder: Path, heard: Heard, command: str) -> None:
        self.folder, self.heard, self.command = folder, heard, command
        self.known: dict[tuple[str, ...], Outcome] = {}

    def run(self, *given: str) -> Outcome:
        """What comes of it; remembered, since it is the same each time."""
        if given not in self.known:
            self.known[given] = self._run(given)
        return self.known[given]

    def _run(self, given: Sequence[str]) -> Outcome:
        self.heard.calls.clear()
        out = self.folder / "out"
        out.mkdir()
        base = [*self.command.split(), *BASE.get(self.command, ())]
        # Options before arguments, which may end with --.
        line = [*base[: len(self.command.split())], *given, *base[len(self.command.split()) :]]
        done = invoke(_command(self.command), [word.format(folder=self.folder) for word in line])
        code = getattr(done.exception, "exit_code", done.exit_code) if done.exception else done.exit_code
        error = str(done.exception) if hasattr(done.exception, "what") else ""
        assert code != 1 or not done.exception or isinstance(done.exception, SystemExit), (line, done.exception)
        written = tuple(sorted(f"{path.relative_to(out)}: {_text(path)}" for path in out.rglob("*") if path.is_file()))
        for path in sorted(out.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        out.rmdir()
        return Outcome(code, _steady(done.output + error), tuple(self.heard.calls), written)


def _text(path: Path) -> str:
    return _steady(path.read_bytes().decode(errors="replace"))


def _steady(text: str) -> str:
    """Without what is another one each time: the command that was typed."""
    return re.sub(r'"command": ".*"|barewire [a-z]+ [^\n]*', "", text)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Heard:
    """Every function below a command that takes time or changes the machine, replaced by one that notes what it was given."""
    found = Heard()
    for seed, name in enumerate("ab", start=1):
        synthetic.write_run(tmp_path / "runs" / name, {"ptp": 1.2}, blocks=2, seed=seed, requests=100, unavailable=None)
    (tmp_path / "tree").mkdir()
    host = {"name": "h9", "ip": "192.168.9.9", "tags": {"zone": "a", "rack": "a1"}}
    (tmp_path / "hosts.json").write_text(json.dumps([host]))
    example = json.loads((Path(__file__).parents[2] / "examples" / "romana-racks.json").read_text())
    (tmp_path / "topology.json").write_text(json.dumps(example | {"allocations": []}))
    monkeypatch.setenv("BAREWIRE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made: dict[str, Any] = {}

    def once(module: Any, name: str, *keys: str) -> None:
        """Note what it is given, and let it work the first time for what `keys` are."""
        real = getattr(module, name)

        def noted(*given: Any, **named: Any) -> Any:
            found.note(name, given, named)
            key = f"{name} {[named.get(one) for one in keys]}"
            if key not in made:
                made[key] = real(*given, **named)
            return made[key]

        monkeypatch.setattr(module, name, noted)

    find = DocumentKind.find

    def found_format(kind: DocumentKind[Any], name: str) -> Any:
        found.note("format", name)
        return find(kind, name)

    monkeypatch.setattr(DocumentKind, "find", found_format)
    once(answer, "compared")
    once(histories, "history", "full")
    _fake_load(monkeypatch, found)
    _fake_machine(monkeypatch, found)
    return found


def _fake_load(monkeypatch: pytest.MonkeyPatch, found: Heard) -> None:
    """The real generator judges its options, against a port that nobody listens on; then it has measured what never changes."""
    settings = LoadSettings(
        "http", "127.0.0.1", 1, "/", None, None, None, 1.0, 1, 0, 1, 0, 1, 1, 1, "even", "sleep", 1, "", (), False, False, 0,
        None, None, 0,
    )  # fmt: skip
    nothing = LoadCounters(
        1.0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, {"surplus": 0}, 0, 0, ErrorExamples(), None, 0, 0, TcpCounters(0, 0, 0, None), 0,
        GeneratorCpu(0, 0),
    )  # fmt: skip
    spent = Histogram([(1000, 1)])
    times = dict.fromkeys(generator.KINDS, spent)

    def run(words: Sequence[str], *_: object) -> tuple[int, generator.LoadResult | None]:
        found.note("load", sorted(words))
        short = ("--duration=10ms", "--drain=0s", "--warmup=0s")
        done = subprocess.run([generator.program(), *words, *short], capture_output=True, text=True, check=False)
        if done.returncode == direct.WRONG:
            print(done.stderr, file=sys.stderr)
            return direct.WRONG, None
        return 0, generator.LoadResult(settings, nothing, ((0, 1, times),))

    monkeypatch.setattr(direct, "run", run)


def _fake_machine(monkeypatch: pytest.MonkeyPatch, found: Heard) -> None:
    def noting(name: str, answers: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            # Callables, testbeds and ledgers are the command's own, and others each time.
            plain = [one for one in given if isinstance(one, str | int | float | list | tuple | Path) or _is_data(one)]
            found.note(name, plain, named)
            return answers(*given, **named)

        return noted

    monkeypatch.setattr(explained, "run", noting("explain", lambda *_: _stop()))
    monkeypatch.setattr(files, "make_room", noting("make_room", lambda *_: None))
    monkeypatch.setattr(kernels, "find", noting("find", lambda name: _Image()))
    monkeypatch.setattr(kernels, "usual", noting("usual", lambda: _Image()))
    monkeypatch.setattr(kernels, "version", noting("version", lambda image: "6.12"))
    monkeypatch.setattr(kernels, "near", noting("near", list))
    monkeypatch.setattr(kernels, "listed", noting("listed", lambda: LISTING))
    monkeypatch.setattr(kernel_list, "_running", noting("running", lambda: RUNNING))
    monkeypatch.setattr(supports, "remembered", noting("remembered", lambda image: None))
    monkeypatch.setattr(supports, "probe", noting("probe", lambda image: {}))
    monkeypatch.setattr(selftest, "run", noting("selftest", lambda *_: SELFTEST))
    opened = noting("opened", lambda *_: contextlib.nullcontext((None, None, None)))
    monkeypatch.setattr(selftest_command, "_opened", opened)
    monkeypatch.setattr(machine, "apply", noting("apply", lambda *_: []))
    monkeypatch.setattr(machine, "restore", noting("restore", lambda *_, **__: []))
    monkeypatch.setattr(Ledger, "exists", lambda ledger: True)
    monkeypatch.setattr(histories.History, "worse", True)
    check = Check("CPUs", "good", "2 usable")
    monkeypatch.setattr(doctor, "examine", noting("examine", lambda *_: iter([check])))
    monkeypatch.setattr(ready, "wall_clock", noting("wall_clock", lambda: check))
    monkeypatch.setattr(ready, "examine_far", noting("examine_far", lambda *_: [check]))
    monkeypatch.setattr(costing, "document", noting("cost", lambda *_: _cost()))
    monkeypatch.setattr(connection, "connected", noting("connected", lambda *_: _stop()))
    monkeypatch.setattr(serving, "run", noting("serve", lambda *_: None))
    monkeypatch.setattr(hold, "hold", noting("hold", lambda *_, **__: None))
    monkeypatch.setattr(lab, "_detached", noting("detached", lambda argv: False))


@cache
def _cost() -> CostDocument:
    """What `networks cost` counts for two nodes."""
    return coordination.document(
        [catalogue.network(catalogue.parse("ptp"))], [2], [], LocalTestbed(), GrowingRacks(), 1, lambda _: None
    )


class Stop(Exception):
    """The command has checked what it was given."""

    what, exit_code = "", 0


def _stop() -> Any:
    raise Stop


def _is_data(given: object) -> bool:
    return is_dataclass(given) and not isinstance(given, type)


@dataclass
class _Image:
    release: str = "6.12"
    vmlinuz: Path = Path("vmlinuz")


_PACKAGES = [archive.Package(version, version, 10**8, ("linux",)) for version in ("6.1.1", "6.1.2")]
LISTING = kernels.Listing(
    tuple(kernels.Known(one.version, one.version, "archive", package=one) for one in _PACKAGES), ()
)
RUNNING = KernelRecord("6.12", "6.12", "running", 0, "", "", {})
_TIMES = {"0.5": 1e4, "0.99": 2e4, "max": 3e4}
SELFTEST = selftest.Selftest(
    4.0,
    Pinning((0,), (1,), "sleep"),
    (BiasRecord("veth", "tcp", 64, 64, _TIMES, _TIMES, None),),
    (PacingRecord("sleep", 1e4, 1e4, _TIMES, _TIMES),),
    (GeneratorMaximum("tcp", 64, 1e5),),
    1.0,
    0.0,
)


@pytest.fixture
def closed_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else answers there
        monkeypatch.setitem(BASE, "load", ["--target", "127.0.0.1", "--port", str(held.getsockname()[1])])  # type: ignore[call-overload]
        yield


PAIRS = [name for name in COMMANDS if len(optional(name)) > 1]


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.usefixtures("closed_port")
def test_every_option_makes_a_difference_alone(name: str, heard: Heard, tmp_path: Path) -> None:
    bench = Bench(tmp_path, heard, name)
    bare = bench.run()
    for one in optional(name):
        alone = bench.run(*words(name, one))
        assert alone != bare, f"{shown(one)} is ignored by {name}"
        assert not alone.refused or shown(one) in alone.said, f"{name} {words(name, one)}: {alone.said}"


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.usefixtures("closed_port")
def test_no_option_is_ignored_beside_another(name: str, heard: Heard, tmp_path: Path) -> None:
    bench = Bench(tmp_path, heard, name)
    for first, second in itertools.combinations(optional(name), 2):
        line = [*words(name, first), *words(name, second)]
        both, alone = bench.run(*line), [bench.run(*words(name, one)) for one in (first, second)]
        if both.refused:
            refused_alone = any(one.refused and one.said == both.said for one in alone)
            named = all(shown(one) in both.said for one in (first, second))
            assert named or refused_alone, f"{name} {line}: {both.said}"
            continue
        for other, without in ((first, alone[1]), (second, alone[0])):
            assert both != without, f"{shown(other)} is ignored in {name} {line}: {json.dumps(both.said)}"


@pytest.mark.parametrize("name", [name for name in (*COMMANDS, "study") if name != "lab exec"])
def test_an_empty_value_of_any_option_is_refused(name: str) -> None:
    """An empty path would be this directory, and an empty name the default: mostly a variable of a script is not set."""
    command = dict(_leaves(APP))[name]
    for one in command.params:
        if one.param_type_name != "option" or getattr(one, "is_flag", False):
            continue
        for typed in ([one.opts[0], ""], [f"{one.opts[0]}="] if one.opts[0].startswith("--") else []):
            if typed:
                done = invoke(_command(name), [*name.split(), *typed])
                assert isinstance(done.exception, UsageError), (typed, done.exception)
                assert str(done.exception).startswith(f"{one.opts[0]} is empty")


@pytest.mark.parametrize("words", [["report", ""], ["lab", "down", ""], ["compare", "", "--", "b"], ["lab", "up", ""]])
def test_an_empty_argument_is_refused(words: list[str]) -> None:
    done = invoke(APP, words)
    assert isinstance(done.exception, UsageError) and "an argument is empty" in str(done.exception)
