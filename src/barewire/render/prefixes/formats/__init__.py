"""Formats of a plan of prefixes, one file each."""
