"""What a study says before it begins that it could find."""

from __future__ import annotations

import re

from barewire.study.design.forecast import sentences


def test_more_blocks_find_smaller_differences_before_the_study() -> None:
    found = [re.search(r"to ([0-9]+) % \(busy\)", sentences(blocks, 5)[0]) for blocks in (3, 6, 10, 20)]
    assert [match and match[1] for match in found] == ["122", "26", "16", "10"]


def test_the_blocks_for_ten_per_cent_are_named() -> None:
    assert sentences(6, 5)[1] == "To find 10 % takes 5 to 19 blocks at the median, 90 and more at p99."
    assert sentences(1, 5)[0] == "One block has no interval: nothing can be decided."
