"""The target precision of a run and whether it is reached: for a study that may stop, and for readers of its intervals.

targets.py    what `--until` requests: how narrow the interval of an overhead must be
looks.py      what each look at the intervals may spend of the error rate
stopping.py   which targets a run meets, and the confidence of what it reports
"""
