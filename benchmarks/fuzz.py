"""Fuzz the C parsers for long, and say what came of it: the table of docs/truth.md.

    scripts/bench fuzz [SECONDS]

Each target runs for SECONDS (60) from its corpus, in a folder that is thrown away unless something was found; then the input is
kept and its path printed. Needs clang with its runtime for fuzzing.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.fuzzing import TARGETS, fuzzer, why_no_fuzzer


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    if reason := why_no_fuzzer():
        print(f"fuzz: {reason}", file=sys.stderr)
        return 2
    status = 0
    print("| target | inputs tried | seconds | branches reached | found |\n|---|---|---|---|---|")
    for target in TARGETS:
        folder = Path(tempfile.mkdtemp(prefix=f"barewire-fuzz-{target.name}-"))
        (folder / "corpus").mkdir()
        command: list[str | Path] = [fuzzer(target, folder), f"-max_total_time={seconds}", "-seed=1", "-max_len=8192",
                   f"-artifact_prefix={folder}/", folder / "corpus", target.corpus]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        tried = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
        reached = re.findall(r"cov: (\d+)", done.stderr)
        found = "nothing" if done.returncode == 0 else f"a failure, in {folder}"
        counts = f"{tried[1]} | {tried[2]}" if tried else " | "
        print(f"| {target.name} | {counts} | {reached[-1] if reached else ''} | {found} |")
        if done.returncode:
            status = 1
            print(done.stderr[-4000:], file=sys.stderr)
        else:
            subprocess.run(["rm", "-r", folder], check=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
