"""Loads and what they cost: generator, servers under test, bulk throughput, machine counters, pinning, environment."""
