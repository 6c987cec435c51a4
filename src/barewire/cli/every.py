"""The command line with every command, for what looks at all of them: the reference in the docs is written from it."""

from __future__ import annotations

from barewire.cli.commands import application

app = application()
