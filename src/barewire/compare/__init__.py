"""Runs against runs: the same networks before and after, gates for a CI, change points over many runs."""
