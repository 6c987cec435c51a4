"""What a workload is: the base class, its metrics, and what one needs to run."""
