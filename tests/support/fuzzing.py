"""The fuzz targets of the C parsers: which there are, and how to build them with libFuzzer, or without it to replay a corpus."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.generator import ADDRESS, STRICT, compiled

CSRC = Path(__file__).parents[2] / "csrc"


@dataclass(frozen=True)
class Target:
    """`sources` are the parser and its target, `others` what the parser needs."""

    name: str
    sources: tuple[Path, ...]
    corpus: Path
    others: tuple[Path, ...] = ()


def target(name: str, part: str, *others: str) -> Target:
    """The parser `http.c` of a program."""
    folder = CSRC / part
    sources = (folder / "http.c", folder / "tests" / "fuzz_http.c")
    return Target(name, sources, folder / "tests" / "corpus" / "http", tuple(folder / other for other in others))


TARGETS = (target("responses", "load"), target("requests", "serve", "answers.c"))


@cache
def why_no_fuzzer() -> str:
    """Why libFuzzer cannot be used here; empty when it can."""
    compiler = shutil.which("clang")
    if not compiler:
        return "there is no clang; type: sudo apt-get install -y --no-install-recommends clang"
    empty = "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n);\n"
    empty += "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 1u << 30; }\n"
    command = [compiler, "-fsanitize=fuzzer,address,undefined", "-x", "c", "-", "-o", "/dev/null"]
    done = subprocess.run(command, input=empty, capture_output=True, text=True, check=False)
    said = (done.stderr.strip().splitlines() or [""])[-1]
    return "" if done.returncode == 0 else f"clang's runtime for fuzzing is missing (libclang-rt-dev): {said}"


def fuzzer(target: Target, folder: Path) -> Path:
    """The target with libFuzzer, under the address and undefined sanitizers."""
    path = folder / f"fuzz-{target.name}"
    command = [
        "clang",
        *STRICT,
        "-fsanitize=fuzzer,address,undefined",
        *map(str, (*target.sources, *target.others)),
        "-o",
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return path


def replayer(target: Target) -> Path:
    """The target with a plain `main` that takes files."""
    return compiled(
        f"replay-{target.name}", [*target.sources, *target.others, CSRC / "load" / "tests" / "replay.c"], ADDRESS
    )
