"""The one picture that people share, as SVG: what each network costs against the host, ranked, with its interval.

It is the first figure of the page with a title, what was measured where, how to read it and the command that repeats it. It has
no script, no font and no reference to anything outside, so it can be put into a README or a talk as it is.
"""

from __future__ import annotations

from barewire.errors import RunError
from barewire.render.format import Format
from barewire.render.run import counted, picture
from barewire.render.run.data import ReportData


def render(data: ReportData) -> str:
    """The picture; `RunError` if nothing has been compared with the host yet."""
    found = picture.overhead_figure(data)
    if found is None:
        raise RunError(
            "there is nothing to draw: no network has been compared with the host yet",
            where=str(data.path),
            remedy=f"Finish the study: barewire study --resume {data.path}",
        )
    about = [" · ".join([*picture.subject(data), *([counted.TITLE] if data.counted else [])]), picture.caption(data)]
    return found.standalone(picture.TITLE, about, picture.notes(data))


FORMAT = Format("svg", "overhead.svg", "the picture to share: overhead of each network, ranked, with intervals", render)
