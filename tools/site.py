"""What the site has beside docs/: the pages of the root, with links that lead to each other; a hook of MkDocs.

On disk a page of docs/ links to `../ARCHITECTURE.md`, and README links to `docs/plan.md`, as a reader of the repository needs
it. On the site all pages are in one folder. Links to sources lead to the repository if `repo_url` is set, and are plain
text otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "overview.md",  # a README.md would be the index of its folder
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the root, and their names on the site."""
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any, **_: Any) -> Any:
    """Add the pages of the root."""
    from mkdocs.structure.files import File

    for name, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(text: str, page: Any, config: Any, **_: Any) -> str:
    """Turn links between the repository's folders into links of the site."""
    folder = ROOT if page.file.src_uri in PAGES.values() else ROOT / "docs"
    return rewrite(text, folder, config.get("repo_url") or "")


def rewrite(text: str, folder: Path, repository: str) -> str:
    """The Markdown of a page in `folder` with the links that the site has."""

    def link(found: re.Match[str]) -> str:
        title, target, anchor = found[1], (folder / found[2]).resolve().relative_to(ROOT), found[3] or ""
        if str(target) in PAGES or target.parent == Path("docs"):
            return f"[{title}]({PAGES.get(str(target), target.name)}{anchor})"
        return f"[{title}]({repository}/blob/main/{target})" if repository else title

    return re.sub(r"\]\(docs/([^)\s]+\.svg)\)", r"](\1)", LINK.sub(link, text))
