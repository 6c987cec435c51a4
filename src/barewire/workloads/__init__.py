"""Workloads: the load generator and its driver, and the servers that answer it."""
