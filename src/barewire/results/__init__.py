"""Read run directories: for `report`, `compare`, and the summary of `study`.

reading.py    the files, checked, with file and line of what is wrong
records.py    the published formats as frozen data
explained.py  what explain reports, as frozen data
analysis.py   from trials to numbers that can be compared, block by block
counts.py     histograms as arrays
words.py      numbers as readers see them
"""

BASELINE = "host"
"""The network that all others are compared with; it is in every study, twice a block."""
