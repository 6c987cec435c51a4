"""A limit of this process is named with its remedy, whatever the system call was about."""

from __future__ import annotations

import os
import pickle
from errno import EFBIG, EMFILE, ENFILE, EPERM

import pytest

from barewire.errors import KernelError


@pytest.mark.parametrize(("number", "remedy"), [(EMFILE, "ulimit -n"), (ENFILE, "fs.file-max"), (EFBIG, "ulimit -f")])
@pytest.mark.parametrize("given", ["", "Run it as root"])
def test_a_limit_that_was_met_is_the_remedy(number: int, remedy: str, given: str) -> None:
    error = KernelError("cannot do `sysctl -w a=0`", where="n7", said=os.strerror(number), remedy=given)
    assert remedy in error.remedy and "root" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_another_refusal_keeps_its_remedy() -> None:
    error = KernelError("cannot do it", said=os.strerror(EPERM), remedy="Run it as root")
    assert error.remedy == "Run it as root"
