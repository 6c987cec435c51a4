"""The formats of a comparison, one file each."""
