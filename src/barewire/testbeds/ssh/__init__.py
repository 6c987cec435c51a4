"""Labs on two or more machines that are reached by ssh, joined by the network cards that they have.

`testbed`, `nodes`, `line`, `bundle` run on the study's machine; `agent`, `guard`, `cards` on each of the machines, from the
archive that `bundle` makes.
"""
