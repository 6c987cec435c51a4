"""What `barewire report` writes, read by readers that are not in Python: HdrHistogram (Java), Fortio and Prometheus (Go).

    scripts/bench readers [RUN]

Those in Python (hdrhistogram, pyperf, flent, prometheus-client) are in tests/unit/test_writers_*.py. Here is what needs a JDK
with Maven or a Go toolchain, which users of the tests need not have; what is missing is named and left out. Each reader is
fetched by its own package manager, in the version named here. Without RUN, a synthetic run is read. Exit code 1 if a reader
disagrees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from barewire import render
from barewire.render.run import histograms, labels
from barewire.render.run.data import load
from barewire.render.run.formats.hlog import tag_of

HDRHISTOGRAM = "2.2.2"
GO_MODULES = (
    "fortio.org/fortio/fhttp@v1.75.3",
    "github.com/prometheus/common/expfmt@v0.73.1",
    "github.com/prometheus/prometheus/model/textparse@v0.316.0",
)
ROOT = Path(__file__).resolve().parent.parent


def java(run: Path, work: Path) -> str:
    """HistogramLogProcessor prints from our log what our percentile files have."""
    copied = f"dependency:copy -Dartifact=org.hdrhistogram:HdrHistogram:{HDRHISTOGRAM}"
    _run(["mvn", "-q", *copied.split(), f"-DoutputDirectory={work}"], work)
    data = load(run)
    render.write(render.render(run, "hlog"), work / "run.hlog")
    files = render.render(run, "hgrm")
    assert isinstance(files, Mapping)
    places = list(histograms.latencies(data))
    names = labels.file_names(((place, str(place)) for place in places), "-us.hgrm")
    lines = 0
    for place in places:
        tag = f"latency/{place.load}/{place.response_bytes}/{tag_of(place.network)}"
        jar = work / f"HdrHistogram-{HDRHISTOGRAM}.jar"
        main = ["java", "-cp", str(jar), "org.HdrHistogram.HistogramLogProcessor", "-i", "run.hlog", "-tag", tag]
        _run([*main, "-outputValueUnitRatio", "1000", "-o", "theirs"], work)
        # It begins with two lines about the log.
        theirs = [
            line for line in (work / "theirs.hgrm").read_text().splitlines() if not line.startswith(("#[O", "#[S"))
        ]
        ours = render.encoded(files[names[place]]).decode().splitlines()
        if len(ours) != len(theirs):
            raise SystemExit(f"{tag}: {len(ours)} lines, HistogramLogProcessor has {len(theirs)}")
        for our, their in zip(ours, theirs, strict=True):
            if not _alike(our, their):
                raise SystemExit(f"{tag}: {our!r}, HistogramLogProcessor has {their!r}")
        lines += len(ours)
    return f"HistogramLogProcessor {HDRHISTOGRAM}: {len(places)} tags, {lines} lines alike"


def go(run: Path, work: Path) -> str:
    """Fortio's struct takes our results without an unknown field, and both parsers of Prometheus our text."""
    render.write(render.render(run, "fortio"), work / "fortio")
    render.write(render.render(run, "openmetrics"), work / "metrics.prom")
    shutil.copy(ROOT / "benchmarks" / "readers" / "main.go", work)
    _run(["go", "mod", "init", "readers.example"], work)
    _run(["go", "get", *GO_MODULES], work)
    return _run(["go", "run", ".", "fortio", "metrics.prom"], work)


READERS: Mapping[str, tuple[tuple[str, ...], Callable[[Path, Path], str]]] = {
    "Java": (("java", "mvn"), java),
    "Go": (("go",), go),
}


def main() -> None:
    """Every reader that this machine has."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        run = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else _synthetic(work / "run")
        for language, (programs, check) in READERS.items():
            missing = [program for program in programs if shutil.which(program) is None]
            if missing:
                print(f"{language}: not checked, because {' and '.join(missing)} cannot be found")
                continue
            (work / language).mkdir()
            print(check(run, work / language).rstrip())


def _alike(our: str, their: str) -> bool:
    """The same text; a half may be rounded up (Java) or to even (C, Python) in the last digit."""
    if our == their:
        return True
    pairs = list(zip(our.split(), their.split(), strict=False))
    return len(our.split()) == len(their.split()) and all(
        a == b or ("." in a and abs(float(a) - float(b)) <= 1.01 * 10.0 ** -len(a.partition(".")[2])) for a, b in pairs
    )


def _run(command: list[str], work: Path) -> str:
    # A Go toolchain of one's own is not to be replaced by one that a module asks for.
    environment = {**os.environ, "GOFLAGS": "-mod=mod"}
    ended = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(
            f"{' '.join(command[:4])} ended with {ended.returncode}: {(ended.stderr or ended.stdout)[-800:]}"
        )
    return ended.stdout


def _synthetic(path: Path) -> Path:
    sys.path.insert(0, str(ROOT))
    from tests.support import synthetic

    return synthetic.write_run(path, {"flannel/vxlan": 1.6, "ptp+vxlan:vni=42": 1.3, "host+direct": 1.0}, blocks=3)


if __name__ == "__main__":
    main()
