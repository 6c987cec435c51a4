"""The C parsers against bytes that nobody thought of: nothing breaks, and how bytes are cut changes nothing.

A short run of libFuzzer from the corpus and with a fixed seed; `scripts/bench fuzz` is the long one. The corpus is replayed with
any compiler.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.fuzzing import TARGETS, Target, fuzzer, replayer, why_no_fuzzer
from tests.support.generator import LIMIT_SECONDS

RUNS = 4000
each = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each
def test_the_corpus_breaks_nothing(target: Target) -> None:
    files = sorted(map(str, target.corpus.iterdir()))
    done = subprocess.run(
        [replayer(target), *files], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{len(files)}\n"), done.stderr


@each
def test_a_target_that_heard_of_a_cut_that_matters_would_stop(target: Target, tmp_path: Path) -> None:
    """The oracle is alive: a parser that forgets what came before a cut is found out by the corpus."""
    parser, aim = target.sources
    # As if what is held back were lost: the client's reader uses it up, and the server's keeps something else.
    spoilt = parser.read_text()
    for good, bad in (
        (
            "&now);\n\n\t\tif (",
            "&now);\n\n\t\tif (result == HTTP_MORE)\n\t\t\t*used = length;\n\t\tif (",
        ),
        ("memcpy(kept, bytes, length);", "memset(kept, *bytes, length);"),
    ):
        spoilt = spoilt.replace(good, bad)
    assert spoilt != parser.read_text()
    part = tmp_path / "csrc" / parser.parent.name
    (part / "tests").mkdir(parents=True)
    for header in [*parser.parent.glob("*.h"), *(parser.parent.parent / "base").glob("*.h")]:
        place = tmp_path / "csrc" / header.parent.name
        place.mkdir(exist_ok=True)
        (place / header.name).write_text(header.read_text())
    (part / parser.name).write_text(spoilt)
    (part / "tests" / aim.name).write_text(aim.read_text())
    broken = Target(
        f"spoilt-{target.name}", (part / parser.name, part / "tests" / aim.name), target.corpus, target.others
    )
    files = sorted(map(str, target.corpus.iterdir()))
    done = subprocess.run(
        [replayer(broken), *files], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert done.returncode != 0 and "otherwise" in done.stderr


@each
def test_random_bytes_break_nothing(target: Target, tmp_path: Path) -> None:
    if reason := why_no_fuzzer():
        pytest.skip(reason)
    (tmp_path / "found").mkdir()
    command = [
        str(fuzzer(target, tmp_path)), f"-runs={RUNS}", "-seed=1", "-max_len=4096", "-verbosity=0",
        f"-artifact_prefix={tmp_path}/", str(tmp_path / "found"), str(target.corpus),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
