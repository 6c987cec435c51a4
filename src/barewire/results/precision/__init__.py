"""How precise a run is to be, and whether it is: needed by the study that may stop and by every reader of its intervals.

targets.py    what `--until` requests: how narrow the interval of an overhead must be
looks.py      what each look at the intervals may spend of the error rate
stopping.py   which targets a run meets, and the confidence of what it reports
"""
