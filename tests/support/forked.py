"""Several commands of barewire out of one interpreter, which imports once and forks for each of them.

    python forked.py FOLDER COMMANDS        COMMANDS is a JSON list of lists of words

The interpreter is started under the condition that is tested (a full disk, a closed output, an encoding), so its streams are as
it makes them itself; each command then runs, ends and flushes as a program of its own. FOLDER gets what each wrote to standard
error (`0.err`), with `--out` as a third argument also to standard output (`0.out`), and `codes.json`.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import sys
from pathlib import Path

IMPORTED_BY_MOST = (
    "scipy.special", "scipy.stats", "rich.console", "barewire.render", "barewire.cli.commands", "barewire.cli.measuring",
    "barewire.cli.compare", "barewire.cli.history", "barewire.cli.report", "barewire.results.comparison.answer",
)  # fmt: skip


def redirect(number: int, path: Path) -> None:
    """Standard stream `number` into a file; its own number stays free where another stream is closed."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    high = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(opened)
    os.dup2(high, number)
    os.close(high)


def main() -> None:
    folder, commands = Path(sys.argv[1]), json.loads(sys.argv[2])
    captures = sys.argv[3:] == ["--out"]
    for module in IMPORTED_BY_MOST:
        importlib.import_module(module)
    gc.freeze()  # else every child would copy, at its end, all that it shares with this process
    codes = []
    for number, words in enumerate(commands):
        child = os.fork()
        if not child:
            redirect(2, folder / f"{number}.err")
            if captures:
                redirect(1, folder / f"{number}.out")
            sys.argv = ["barewire", *words]
            importlib.import_module("barewire.cli").main()  # exits
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    (folder / "codes.json").write_text(json.dumps(codes))


if __name__ == "__main__":
    main()
