"""The formats of a history, one file each."""
