"""A history of runs on a terminal and as JSON."""
