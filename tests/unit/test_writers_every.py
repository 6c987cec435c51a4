"""What holds for every format: whole, partial and foreign runs, odd names, unknown metrics, and nothing that is not a number."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from barewire import render
from barewire.errors import RunError
from barewire.render.format import Rendered
from barewire.study.execution.run import RunDirectory
from tests.support import foreign, synthetic

RATIOS = {"flannel/vxlan": 1.6, "host+direct": 1.0}
UNKNOWN: tuple[dict[str, Any], ...] = (
    {"load": "tcp-50%", "metric": "packet_rate", "quantile": None, "unit": "1/s", "value": 123456.0},
    *({"load": "udp-50%", "metric": "wire_latency", "quantile": q, "unit": "ns"} for q in (0.5, 0.99, 1.0)),
    {"load": "http-max", "metric": "memory_peak", "quantile": None, "unit": "B", "value": 4096.0},
    {"load": "http-max", "metric": "strange", "quantile": None, "unit": "W/(m²·K)", "value": 0.0, "ratio": None},
)
SAYS_NOTHING_OF_NETWORKS = {"hlog", "json", "png"}
PICTURES = {"svg", "png"}
HISTOGRAM_FORMATS = {"hlog", "hgrm", "fortio", "flent"} & set(render.names())
NOT_A_NUMBER = re.compile(r"(?<![A-Za-z])(nan|NaN|inf|Infinity)(?![A-Za-z])")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("writers") / "run", RATIOS, blocks=2, requests=2500)


@cache
def rendered(run: Path, name: str) -> Rendered:
    """The run, which no test changes, in a format: several tests look at each."""
    return render.render(run, name)


def contents(made: Rendered) -> list[bytes]:
    files = made.values() if isinstance(made, Mapping) else [made]
    return [render.encoded(one) for one in files]


@pytest.mark.parametrize("name", render.names())
def test_a_format_is_called_as_its_file(name: str) -> None:
    found = render.find(name)
    assert found.name == name
    assert found.describes and "\t" not in found.describes


def test_no_two_formats_have_one_file_name_in_a_run() -> None:
    own = ["run.json", "trials.ndjson", "histograms/"]
    files = [found.file_name for found in render.formats().values()] + own
    assert len(files) == len(set(files))


@pytest.mark.parametrize("name", render.names())
def test_a_format_makes_one_file_or_several_as_it_says(run: Path, name: str) -> None:
    found = rendered(run, name)
    assert isinstance(found, Mapping) == render.find(name).is_directory
    for content in contents(found):
        assert content.endswith(b"\n") or name in ("flent", "html", "png")


@pytest.mark.parametrize("name", sorted(set(render.names()) - {"html", "png"}))
def test_nothing_that_is_not_a_number_is_written(run: Path, name: str) -> None:
    for content in contents(rendered(run, name)):
        assert not NOT_A_NUMBER.search(content.decode("utf-8", "ignore")) or content.startswith(b"\x1f\x8b")


@pytest.mark.parametrize("name", sorted(set(render.names()) - SAYS_NOTHING_OF_NETWORKS))
def test_a_network_that_was_not_measured_is_named_with_a_reason(run: Path, name: str) -> None:
    text = b"".join(contents(rendered(run, name))).decode("utf-8", "ignore")
    assert synthetic.UNAVAILABLE in text
    assert "no link kind ipvlan" in text or name in ("bmf",)


@pytest.mark.parametrize("trials", [0, 1, 3])
@pytest.mark.parametrize("name", render.names())
def test_a_partial_run_is_written_or_refused_in_words(tmp_path: Path, name: str, trials: int) -> None:
    path = synthetic.write_run(
        tmp_path / "run", RATIOS, blocks=2, requests=500, trials=trials, rejected=False, summary=trials > 0
    )
    try:
        assert contents(render.render(path, name))
    except RunError as error:
        assert trials <= (1 if name in PICTURES else 0) and str(path) in str(error)


@pytest.mark.parametrize("name", render.names())
def test_metrics_that_are_not_known_are_carried_along(run: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    foreign.with_cells(copy, *({"network": "flannel/vxlan", **cell} for cell in UNKNOWN))
    text = b"".join(contents(render.render(copy, name))).decode("utf-8", "ignore")
    if name in ("csv", "bmf", "openmetrics", "github-action-benchmark", "json"):
        for cell in UNKNOWN:
            metric = str(cell["metric"])
            assert metric in text or metric.replace("_", "-") in text or metric.replace("_", " ") in text


@pytest.mark.parametrize("name", render.names())
def test_a_run_without_histograms_is_written_or_refused_in_words(run: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    foreign.without_histograms(copy)
    if name in HISTOGRAM_FORMATS:
        with pytest.raises(RunError, match="no histograms"):
            render.render(copy, name)
    else:
        assert contents(render.render(copy, name))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "run"
    return synthetic.write_run(path, RATIOS, blocks=2, requests=500, workloads=("http", "tcp-stream"))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=foreign.odd_names)
def test_no_name_breaks_a_format(small: Path, tmp_path: Path, odd: str) -> None:
    """One name in every format: its summary is made once."""
    copy = foreign.renamed(small, tmp_path / "odd", {"flannel/vxlan": odd, synthetic.UNAVAILABLE: odd + "?"})
    with RunDirectory.open(copy) as made:
        made.summarise()
    for name in sorted(set(render.names()) - HISTOGRAM_FORMATS - {"html"}):
        note(f"format {name}")
        assert contents(render.render(copy, name))


@pytest.mark.parametrize("name", sorted(HISTOGRAM_FORMATS))
def test_no_name_breaks_a_format_of_histograms(run: Path, tmp_path: Path, name: str) -> None:
    """One name with all that hurts; what names become in tags and files is tried with more in test_writers_histograms."""
    odd = '../../etc/a, b\\"|<\n#é\u2028' + "x" * 300
    copy = foreign.renamed(run, tmp_path / "odd", {"flannel/vxlan": odd, synthetic.UNAVAILABLE: odd + "?"})
    render.write(render.render(copy, name), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["odd", "out"]
