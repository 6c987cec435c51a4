"""The command line: one file a command, no logic.

Standard output carries results, standard error everything else. Exit codes: 0 good, 1 a regression or a failed check, 2 the
request or the machine is not right, 3 the measurement is invalid, 130 interrupted.
"""

from __future__ import annotations

from barewire.cli.main import main

__all__ = ["main"]
