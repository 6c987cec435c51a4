"""Runs against runs: the same networks before and after, and gates for a CI.

sides.py, question.py   one run's network under one load; what is compared of it
units.py, estimates.py  what was repeated, and intervals of changes by it
change.py               every change of two sides, with its verdict
likeness.py             what may differ between runs that are compared
gate.py, gates.py       limits as they are typed, and judged
chosen.py               what is looked at first
earlier.py              earlier runs of the same kind
answer.py               runs in, everything that can be said about them out
"""
