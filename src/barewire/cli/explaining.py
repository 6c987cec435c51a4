"""What `barewire explain` does: counts where the instructions of a network go inside the kernel, and prints the stages."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from barewire import render
from barewire.errors import UsageError
from barewire.explain import loads, run
from barewire.explain.document import document
from barewire.networks import catalogue
from barewire.records import plain
from barewire.render.explanation import files
from barewire.render.terminal import new_console
from barewire.results import BASELINE
from barewire.testbeds.vm import kernels


def explain(
    networks: Sequence[str], kernel: str | None, load: str, milliseconds: float, out: Path | None, format: str
) -> None:
    """Count, print what was found in a format, and write the files into `out` where it is given."""
    chosen = render.EXPLANATION.find(format)
    if not 4 <= milliseconds <= 1000:
        raise UsageError(
            f"{milliseconds:g} ms are not counted", remedy=f"Take 4 to 1000; the default is {run.SECONDS * 1000:g}"
        )
    wanted = loads.listed(load)
    if chosen.is_directory or (len(wanted) > 1 and not chosen.show and format != "json"):
        raise UsageError(f"{format} writes several files", remedy="Give a directory for them: --out DIR")
    names = networks or [spec.name for spec in catalogue.presets()]
    specs = [catalogue.parse(name) for name in dict.fromkeys([BASELINE, *names])]
    made = [catalogue.network(spec) for spec in specs]
    if out is not None:
        files.make_room(out)
    image = kernels.find(kernel) if kernel else kernels.usual()
    console = new_console(stderr=True)
    with console.status("starting") as status:
        answers = run.run(image, made, wanted, milliseconds / 1000, platform.machine(), status.update)
    pages = files.write(answers, out) if out is not None else ()
    if format == "json" and len(answers) > 1:
        json.dump([plain(document(answer)) for answer in answers], sys.stdout, indent=1)
        print()
    else:
        for answer in answers:
            render.emit(chosen, answer)
    for skipped in answers[0].skipped:
        console.print(f"Not counted: {skipped.network}: {skipped.reason}. {skipped.remedy}", highlight=False)
    for page in pages:
        console.print(f"Flame graphs: {page}", highlight=False)
