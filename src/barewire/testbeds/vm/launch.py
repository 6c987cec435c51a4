"""Become a program that dies with its parent: `python -P -m barewire.testbeds.vm.launch PARENT PROGRAM ARGUMENT...`.

The wish to be killed with the parent survives an exec, and the look at who the parent is comes after it, because the parent may
have gone before it was said. A program of its own, because code between fork and exec is not safe in a process with threads.
"""

from __future__ import annotations

import os
import sys

from barewire.kernel import syscalls


def main() -> None:
    """Exec the program; exit status 1 when the parent is gone already, 127 when there is no such program."""
    syscalls.die_with_parent()
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        sys.exit(f"{sys.argv[2]}: {error.strerror}")


if __name__ == "__main__":
    main()
