"""Every series of a history as text, whether or not it has a step."""

from __future__ import annotations

from functools import partial

from barewire.render.format import Format
from barewire.render.history.formats import text

FORMAT = Format("all", "history-all.txt", "every series", partial(text.plain, full=True), partial(text.show, full=True))
