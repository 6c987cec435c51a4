"""From the words that were typed to an exit code: runs the command and turns every error into one sentence.

The library of the command line has codes of its own (1 for an EOFError or a reader that has gone), so it is not let to exit.
"""

from __future__ import annotations

import errno
import os
import sys

import typer

from barewire.cli import commands, ends
from barewire.cli.streams import OutputError, ReaderGone
from barewire.errors import REMEDIES, BarewireError, PrerequisiteError, report_bug

WRONG, INTERRUPTED = 2, 130

_NO_MEMORY = "failed to map segment"
"""The loader's words for a library for which there is no memory."""


def run() -> int:
    """Run the command line and return the exit code."""
    ends.watch()
    try:
        code = _guarded()
        sys.stdout.flush()
    except ReaderGone:
        return INTERRUPTED
    except OutputError as error:
        return _failed(error)
    return code


def _guarded() -> int:
    try:
        return _code(commands.application(commands.needed(sys.argv[1:]))(standalone_mode=False, prog_name="barewire"))
    except (OutputError, ReaderGone):
        raise
    except BarewireError as error:
        return _failed(error)
    except KeyboardInterrupt:
        print("barewire: interrupted", file=sys.stderr)
        return INTERRUPTED
    except typer.Abort as error:
        # Made of an EOFError, which is never a question of ours that was not answered: we ask none.
        return report_bug(error.__cause__ or error)
    except SystemExit as ended:
        if isinstance(ended.__context__, ReaderGone):  # the library makes 1 of it
            raise ended.__context__ from None
        if isinstance(ended.__context__, BrokenPipeError) or not isinstance(ended.code, int | None):
            return report_bug(ended.__context__ or ended)
        # The library's own 1 is a wrong request (a shell that it does not know), except where a shell asks it for completions.
        return WRONG if ended.code == 1 and "_BAREWIRE_COMPLETE" not in os.environ else ended.code or 0
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # a click's usage error, ours or Typer's own
            error.show()
            return int(error.exit_code)
        if isinstance(error, MemoryError) or (isinstance(error, ImportError) and _NO_MEMORY in str(error)):
            error = OSError(errno.ENOMEM, "Cannot allocate memory")
        if isinstance(error, OSError) and error.errno in REMEDIES:
            return _failed(
                PrerequisiteError(
                    "this machine refused what was needed",
                    where=str(error.filename or ""),
                    said=error.strerror or str(error),
                    remedy=REMEDIES[error.errno],
                )
            )
        return report_bug(error)


def _code(returned: object) -> int:
    # The code of an Exit, 130 of an interrupt, of which the command has said what is left; commands return nothing.
    return returned if isinstance(returned, int) else 0


def _failed(error: BarewireError) -> int:
    print(f"barewire: {error}", file=sys.stderr)
    return error.exit_code
