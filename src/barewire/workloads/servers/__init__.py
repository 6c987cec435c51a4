"""Servers under test: nginx and barewire-serve."""
