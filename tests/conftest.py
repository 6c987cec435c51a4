"""What the tiers share: which tests make namespaces, what happens where those are forbidden, and no clock in judging.

Every test of `tests/kernel` and `tests/crash` makes labs; one elsewhere that does is marked `kernel`. Whether this machine
lets us is asked once, by opening a sandbox as a study does, and a refusal skips them all with its own words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from barewire.errors import BarewireError, PrerequisiteError
from barewire.places.local import LocalPlace

HERE = Path(__file__).parent
MAKE_NAMESPACES = {"kernel", "crash"}

# A busy machine makes an example slow, not wrong.
settings.register_profile("barewire", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("barewire")


@cache
def why_no_lab() -> str:
    """Why no lab can be made on this machine; empty when one can."""
    try:
        with LocalPlace().open():
            return ""
    except PrerequisiteError as error:
        return str(error)
    except BarewireError:
        return ""  # a fault of ours: the tests shall meet it


@pytest.hookimpl(
    trylast=True
)  # after tests that nobody asked for are gone: only those that will run are worth a sandbox
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(HERE).parts[0] in MAKE_NAMESPACES:
            item.add_marker("kernel")
    asking = [item for item in items if item.get_closest_marker("kernel")]
    if asking and (reason := why_no_lab()):
        for item in asking:
            item.add_marker(pytest.mark.skip(reason=f"no lab can be made here: {reason}"))
