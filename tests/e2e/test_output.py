"""Output that cannot be written, encodings that lack characters, and errors of barewire itself: none of them exits with 1.

Every command is run with its standard output on a full disk, closed, and in encodings that lack ≈, µ and ±: each condition starts
one interpreter, which forks for every command (tests/support/forked.py).
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from barewire.lab.pinning import Pinning
from barewire.records.instrument import BiasRecord, GeneratorMaximum, PacingRecord
from barewire.workloads.generator.selftest import (
    PACING_PER_S,
    PATHS,
    PROTOCOLS,
    Selftest,
)
from tests.e2e.conftest import Study
from tests.support import synthetic
from tests.support.command import BAREWIRE, TINY, Done, barewire, barewire_inside, with_run

INTERNAL = 70
ENCODINGS = {
    "iso-8859-1": {"LC_ALL": "C", "PYTHONIOENCODING": "iso-8859-1"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "posix": {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii:strict"},
}


@dataclass(frozen=True)
class Runs:
    """Two runs and a folder of runs, of which the second is certainly slower."""

    before: Path
    after: Path
    folder: Path
    figures: Path | None = None
    """What gives `barewire selftest` its figures, so that it takes no seconds and no quiet machine to print them."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("runs")
    for name, cost in (("before", 1.2), ("after", 2.5)):
        synthetic.write_run(folder / name, {"host": 1.0, "ptp": cost})
    figures = tmp_path_factory.mktemp("figures")
    (figures / "selftest").write_bytes(pickle.dumps(SELFTEST))
    (figures / "sitecustomize.py").write_text(
        "import pickle\n"
        "from barewire.workloads.generator import selftest\n"
        f"found = pickle.loads(open({str(figures / 'selftest')!r}, 'rb').read())\n"
        "selftest.run = lambda *_: found\n"
    )
    return Runs(folder / "before", folder / "after", folder, figures)


TIMES = {"count": 1000, "0.5": 21_000.0, "0.99": 40_000.0, "max": 90_000.0}
SELFTEST = Selftest(
    4.0, Pinning((0,), (1,), "spin"),
    tuple(BiasRecord(path, protocol, 64, 64, TIMES, TIMES, TIMES) for path in PATHS for protocol in PROTOCOLS),
    tuple(PacingRecord(timing, PACING_PER_S, PACING_PER_S, TIMES, TIMES) for timing in ("spin", "sleep")),
    tuple(GeneratorMaximum(protocol, 64, 80_000.0) for protocol in PROTOCOLS), 1.0, 0.0,
)  # fmt: skip
"""Figures as `barewire selftest` measures them; test_selftest measures."""


COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "study-help": ["study", "--help"],
    "dry-run": ["study", "--networks", "host,ptp", "--quick", "--dry-run"],
    "report": ["report", "{before}"],
    "report-all": ["report", "{before}", "--format", "all"],
    "report-json": ["report", "{before}", "--format", "json"],
    "report-markdown": ["report", "{before}", "--format", "markdown"],
    "report-html": ["report", "{before}", "--format", "html"],
    "formats": ["report", "{before}", "--format", "help"],
    "compare": ["compare", "{before}", "{after}"],
    "compare-json": ["compare", "{before}", "{after}", "--json"],
    "compare-markdown": ["compare", "{before}", "{after}", "--markdown"],
    "gate-holds": ["compare", "{before}", "{before}", "--gate", "ptp p50 <= 500%"],
    "history": ["history", "{folder}"],
    "history-json": ["history", "{folder}", "--json"],
    "networks": ["networks"],
    "kernels": ["kernels", "--json"],
    "lab-list": ["lab", "list"],
    "lab-up": ["lab", "up", "ptp", "--dry-run"],
    "selftest": ["selftest", "--quick"],
}  # fmt: skip
ALL = COMMANDS | {"doctor": ["doctor"]}
EVERY = [*COMMANDS, pytest.param("doctor", marks=pytest.mark.kernel)]  # it makes a lab
FORKED = str(Path(__file__).parents[1] / "support" / "forked.py")


def run(words: list[str], runs: Runs, how: str = "", **environment: str) -> Done:
    """The command in a shell, which redirects as `how` says."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {how}', "sh", *BAREWIRE, *typed(words, runs)],
        capture_output=True, check=False, timeout=120, env={**os.environ, **environment}, cwd=runs.folder,
    )  # fmt: skip
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def typed(words: list[str], runs: Runs) -> list[str]:
    return [word.format(before=runs.before, after=runs.after, folder=runs.folder) for word in words]


def run_all(runs: Runs, folder: Path, how: str, *more: str, **environment: str) -> dict[str, Done]:
    """Every command under one condition, by its name."""
    listed = json.dumps([typed(words, runs) for words in ALL.values()])
    environment |= {"PYTHONPATH": str(runs.figures), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {how}', "sh", sys.executable, "-P", FORKED, str(folder), listed, *more],
        capture_output=True, check=False, timeout=300, env={**os.environ, **environment}, cwd=runs.folder,
    )  # fmt: skip
    codes = json.loads((folder / "codes.json").read_text()) if done.returncode == 0 else []
    assert len(codes) == len(ALL), done.stderr.decode()

    def written(number: int, end: str) -> str:
        file = folder / f"{number}.{end}"
        return file.read_bytes().decode(errors="replace") if file.exists() else ""

    return {
        name: Done(code, written(number, "out"), written(number, "err"))
        for number, (name, code) in enumerate(zip(ALL, codes, strict=True))
    }


@pytest.fixture(scope="module")
def on_a_full_disk(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    return run_all(runs, tmp_path_factory.mktemp("full"), ">/dev/full")


@pytest.fixture(scope="module")
def closed(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    return run_all(runs, tmp_path_factory.mktemp("closed"), ">&-")


@pytest.fixture(scope="module")
def in_ascii(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    return run_all(runs, tmp_path_factory.mktemp("ascii"), "", "--out", **ENCODINGS["ascii"])


@pytest.mark.parametrize("name", EVERY)
def test_a_full_disk_under_the_output_is_one_sentence_and_exit_2(name: str, on_a_full_disk: dict[str, Done]) -> None:
    done = on_a_full_disk[name]
    assert done.code == 2, done.err
    assert "standard output cannot be written: No space left on device" in done.sentence
    assert done.err.count("Exception ignored") == 0


@pytest.mark.parametrize("name", EVERY)
def test_a_closed_output_changes_no_exit_code(name: str, closed: dict[str, Done]) -> None:
    done = closed[name]
    assert (done.code, "Traceback" in done.err) == (0, False), done.err


def test_nothing_is_written_into_a_file_that_got_a_closed_number(runs: Runs, tmp_path: Path) -> None:
    for number, how in enumerate((">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-")):
        out = tmp_path / f"{number}.json"
        assert run(["report", "{before}", "--format", "json", "--out", str(out)], runs, how).code == 0
        assert json.loads(out.read_text())


@pytest.mark.parametrize("name", EVERY)
def test_an_encoding_that_lacks_characters_changes_no_exit_code(name: str, in_ascii: dict[str, Done]) -> None:
    done = in_ascii[name]
    assert (done.code, "Traceback" in done.err) == (0, False), done.err
    # A format for files is UTF-8 wherever it goes; --markdown is short for one.
    assert done.out and (done.out.isascii() or {"--format", "--markdown"} & {*ALL[name]})


def test_a_gate_that_is_broken_is_the_only_exit_1(runs: Runs) -> None:
    gate = ["compare", "{before}", "{after}", "--gate", "ptp p50 <= 5%"]
    assert run(gate, runs).code == 1
    assert run(gate, runs, ">&-").code == 1
    assert run(gate, runs, ">/dev/full").code == 2
    assert run(gate, runs, "2>/dev/full").code == 1
    assert run(gate, runs, ">/dev/full 2>/dev/full").code == 2
    assert run(gate, runs, "| true").code in (0, 130)
    for environment in ENCODINGS.values():
        assert run(gate, runs, **environment).code == 1


def test_json_is_the_same_document_in_every_encoding(runs: Runs, in_ascii: dict[str, Done]) -> None:
    for name in ("compare-json", "history-json", "report-json"):
        assert json.loads(in_ascii[name].out) == json.loads(barewire_inside(*typed(COMMANDS[name], runs)).out)
    words = COMMANDS["compare-json"]
    for name in ("iso-8859-1", "posix"):
        assert json.loads(run(words, runs, **ENCODINGS[name]).out) == json.loads(in_ascii["compare-json"].out)


@pytest.mark.kernel
def test_a_study_prints_its_table_and_path_in_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "run"
    words = [*TINY, "--workloads", "tcp-rr", "--networks", "host,ptp", "--out", str(path)]
    done = with_run(run(["study", *words], Runs(tmp_path, tmp_path, tmp_path), **ENCODINGS["iso-8859-1"]), path)
    assert "Traceback" not in done.err
    assert str(path) in done.out + done.err
    assert "ptp" in done.out
    assert (path / "report.html").exists()


@pytest.mark.kernel
def test_a_path_that_is_not_utf8_is_printed_with_an_escape(tmp_path: Path) -> None:
    """By a study whose output is ASCII, and by what reads its run."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/r\xff")
    words = ["study", *TINY, "--workloads", "tcp-rr", "--networks", "host,ptp", "--out", path]
    study = with_run(run(words, Runs(tmp_path, tmp_path, tmp_path), **ENCODINGS["ascii"]), Path(path))
    assert r"r\udcff" in study.out and "ptp" in study.out and study.out.isascii(), study.err
    assert "Traceback" not in study.err
    assert json.loads(Path(path, "run.json").read_bytes())["command"].count(r"r\udcff") == 1
    for words in (
        ["report", path],
        ["report", path, "--format", "html"],
        ["compare", path, path],
        ["history", str(tmp_path)],
    ):
        done = barewire(*words)
        # So short a run decides nothing.
        assert (done.code in ((0, 3) if words[0] == "compare" else (0,)), done.err) == (True, ""), words
    missing = barewire("report", path + "-missing")
    assert missing.code == 2 and r"r\udcff-missing" in missing.sentence


@pytest.mark.kernel
def test_a_study_whose_output_is_full_is_whole_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "run"
    words = [*TINY, "--workloads", "tcp-rr", "--networks", "host,ptp", "--out", str(path)]
    done = run(["study", *words], Runs(tmp_path, tmp_path, tmp_path), ">/dev/full 2>&1")
    assert done.code in (2, 3)
    assert (path / "summary.json").exists() and (path / "report.html").exists()


def test_messages_that_cannot_be_written_change_no_result(small: Study) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>/dev/full', "sh", *BAREWIRE, "report", str(small.path)],
        capture_output=True, text=True, check=False, env={**os.environ},  # without the COLUMNS that pytest's readline sets
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == barewire("report", str(small.path)).out


# What is imported first, in the middle and last, and a mistake of ours in a command.
BROKEN = (
    "typer",
    "barewire.errors",
    "barewire.cli.commands",
    "barewire.cli.compare",
    "barewire.results.comparison.answer",
    "numpy",
)


@pytest.mark.parametrize(
    ("entry", "module"), [*(("module", one) for one in BROKEN), ("script", BROKEN[0]), ("script", BROKEN[-1])]
)
def test_a_module_that_cannot_be_imported_exits_with_70(module: str, entry: str, runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise ImportError('damaged')\n"
        "sys.meta_path.insert(0, Broken())\n"
    )
    script = "import sys; from barewire.cli import main; sys.exit(main())"
    program = [sys.executable, "-m", "barewire"] if entry == "module" else [sys.executable, "-c", script]
    done = subprocess.run(
        [*program, "compare", str(runs.before), str(runs.after)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(tmp_path)}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == INTERNAL, done.stderr
    assert "ImportError: damaged" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("barewire: internal error: ")


@pytest.mark.parametrize(
    "raised",
    [
        "EOFError()",
        "BrokenPipeError(32, 'x')",
        "SystemExit('text')",
        "KeyError('x')",
        "RecursionError()",
        "BaseException()",
    ],
)
def test_an_error_that_nobody_expected_exits_with_70(raised: str) -> None:
    done = barewire("selftest", first=raising(raised))
    assert done.code == INTERNAL, done.err
    assert "This is a bug in barewire" in done.err.splitlines()[-1]


def raising(raised: str) -> str:
    """Code after which the command `selftest` raises that."""
    return (
        "import barewire.cli.selftest as broken\n"
        f"def command() -> None:\n    raise {raised}\n"
        "broken.command = command\n"
    )


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("MemoryError()", "Cannot allocate memory"),
        ("ImportError('x.so: failed to map segment from shared object')", "Cannot allocate memory"),
        ("OSError(28, 'No space left on device', '/somewhere')", "/somewhere"),
    ],
)
def test_what_the_machine_lacks_is_one_sentence(raised: str, said: str) -> None:
    done = barewire("selftest", first=raising(raised))
    assert done.code == 2, done.err
    assert said in done.sentence
