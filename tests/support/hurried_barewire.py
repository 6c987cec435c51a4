"""barewire as a program whose studies are `hurried`: for those that run in the namespaces of a lab.

python hurried_barewire.py WORDS        as `barewire WORDS`
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from barewire.cli import main


def hurry() -> None:
    """Apply the patches of the module beside this one, which is not on the path."""
    spec = importlib.util.spec_from_file_location("hurried", Path(__file__).with_name("hurried.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for where, name, value in module.PATCHES:
        setattr(where, name, value)


if __name__ == "__main__":
    hurry()
    main()
