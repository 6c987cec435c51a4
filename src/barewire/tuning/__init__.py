"""Tunings: named profiles of settings, for the machine and for labs.

    find("study-2016")      a profile by name, or the one in a file (./mine.toml)
    profiles()              all that there are

labs.py has what they set inside labs, applied.py puts one in force for a run; `kernel.tuning` changes the machine's settings.
Profiles are data in `profiles.toml` here, and in the `profiles.toml` of each module that the entry point group
`barewire.tunings` names. The 2016 study tuned its machines before it measured; whether that changes what a network costs is
a question that a study answers with `--tune none,study-2016`.
"""

from __future__ import annotations

from barewire.tuning.profiles import NONE, Profile, find, profiles

__all__ = ["NONE", "Profile", "find", "profiles"]
