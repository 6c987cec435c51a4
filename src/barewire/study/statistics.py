"""The old place of `barewire.statistics`, until everybody has moved."""

from barewire.statistics import *  # noqa: F403
