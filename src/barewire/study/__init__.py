"""A study: `design` decides what is measured, and `execution` measures it."""
