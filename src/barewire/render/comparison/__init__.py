"""A comparison of runs on a terminal, in Markdown and as JSON."""
