"""Runs against runs: what every format says of a comparison; `formats/` has these."""
