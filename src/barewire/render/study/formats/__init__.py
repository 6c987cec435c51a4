"""The formats of a study over conditions, one file each."""
