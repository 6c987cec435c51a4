"""What answers a workload: nginx and barewire-serve."""
