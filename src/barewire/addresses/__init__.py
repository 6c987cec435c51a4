"""Allocators of leases, one file each."""
