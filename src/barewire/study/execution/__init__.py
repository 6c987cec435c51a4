"""Measure what `study.design` has decided, and keep it on disk.

session.py              a study that is begun or resumed: one run or several
conduct.py, trial.py    a run, from its survey to its summary; one trial
loads.py, counted.py    from a step of a trial to a load that runs, by either clock
search.py, knees.py, pilots.py, warmup.py   what is found before the first trial
preflight.py, testbeds.py, restarts.py   the machine that it happens on
run.py, durable.py      the run directory
conditions.py, kernels.py, study_file.py   several runs in one study
extend.py, added.py     more blocks; the counted study that is offered
"""
