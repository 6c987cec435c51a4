"""Documents and their formats: a format is a file of its document's folder, and every command offers what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from barewire import render
from barewire.cli import completion
from barewire.errors import UsageError
from barewire.render.format import DOCUMENTS, DocumentKind
from tests.support import synthetic
from tests.unit.test_explain import answer

OFFERED = {"report": "formats", "comparison": "comparison_formats", "history": "history_formats"} | {
    "explanation": "explanation_formats"
}


@pytest.fixture(params=DOCUMENTS, ids=[one.name for one in DOCUMENTS])
def document(request: pytest.FixtureRequest) -> DocumentKind[Any]:
    found: DocumentKind[Any] = request.param
    return found


def test_a_format_has_the_name_of_its_file(document: DocumentKind[Any]) -> None:
    assert {"text", "json"} <= {*document.names()}
    for name, found in document.formats().items():
        assert found.name == name and found.describes


def test_formats_of_a_document_have_files_of_their_own(document: DocumentKind[Any]) -> None:
    files = [found.file_name for found in document.formats().values()]
    assert len(files) == len(set(files))


def test_a_document_is_printed_by_text_and_all_alone(document: DocumentKind[Any]) -> None:
    assert {name for name, found in document.formats().items() if found.show} <= {"text", "all"}
    assert document.find("text").show


def test_an_unknown_format_is_refused_with_those_there_are(document: DocumentKind[Any]) -> None:
    with pytest.raises(UsageError, match=r"there is no .* format 'pdf'") as caught:
        document.find("pdf")
    assert all(name in str(caught.value) for name in document.names())


def test_completion_offers_every_format_of_a_document(document: DocumentKind[Any]) -> None:
    if offered := OFFERED.get(document.name):
        assert set(getattr(completion, offered)("")) == {*document.names(), "help"}


@pytest.mark.parametrize("command", ["report", "compare", "history", "explain"])
def test_help_in_place_of_a_format_lists_them(command: str) -> None:
    from barewire.cli.commands import application

    done = CliRunner().invoke(application([command]), [command, "somewhere", "--format", "help"])
    assert done.exit_code == 0, done.output
    document = {"report": "RUN", "compare": "COMPARISON", "history": "HISTORY", "explain": "EXPLANATION"}[command]
    assert [line.split("\t")[0] for line in done.output.splitlines()] == list(getattr(render, document).names())


def test_a_comparison_is_written_in_the_format_requested(tmp_path: Path) -> None:
    from barewire.cli.commands import application

    run = synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, 3, requests=500)
    out = tmp_path / "out.md"
    arguments = ["compare", str(run), "--gate", "ptp p50 overhead <= 90%", "-f", "markdown", "-o", str(out)]
    done = CliRunner().invoke(application(["compare"]), arguments)
    assert done.exit_code == 0, done.output
    assert out.read_text().startswith("- ✅ ptp p50 overhead")


def test_folded_stacks_are_a_file_for_each_network() -> None:
    names = [name for name, _ in render.EXPLANATION.find("folded").files(answer())]
    assert names == ["host.folded", "flannel-<vxlan>.folded", "flannel-<vxlan>.difference.folded"]
