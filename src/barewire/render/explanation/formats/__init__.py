"""The formats of an explanation, one file each."""
