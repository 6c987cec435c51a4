"""Definition of a workload: the base class, its metrics, and what it needs to run."""
