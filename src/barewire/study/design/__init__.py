"""What a study will do, decided without touching a machine.

options.py              every option: name, group, help, default
plan.py, plan_file.py   the plan, and how it is read
blocks.py, layouts.py   which trials, in which order; what the counted clock draws for each block
budget.py               how long it takes, and how long each load may be
gates.py, drop_rules.py which trials count
forecast.py             which difference it could find
"""
