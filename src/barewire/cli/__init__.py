"""The command line: one file a command, no logic.

Standard output carries results, standard error everything else. Exit codes: 0 good, 1 a regression or a failed check, 2 the
request or the machine is not right (an output that cannot be written included), 3 the measurement is invalid, 70 an error in
barewire itself, 130 interrupted. 1 is a result, so nothing that merely went wrong may end with it: `main` catches everything,
errors of imports included, and imports nothing before that but the standard library.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    if sys.argv[1:3] != ["lab", "exec"]:  # whose program has the caller's environment
        # Its threads would run on CPUs that are measured, and where no thread can be started it raises SIGINT.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from barewire.cli import streams

        streams.prepare()
        from barewire.cli.entry import run

        code = run()
    except KeyboardInterrupt:  # before a command could say so
        code = 130
    except BaseException as error:
        code = _report_bug(error)
    sys.exit(code)


def _report_bug(error: BaseException) -> int:
    try:
        from barewire.errors import report_bug

        return report_bug(error)
    except Exception:  # barewire.errors itself is what cannot be imported
        import traceback

        traceback.print_exception(error)
        print("barewire: internal error: the installation is damaged; install barewire again.", file=sys.stderr)
        return 70
