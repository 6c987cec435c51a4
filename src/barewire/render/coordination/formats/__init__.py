"""The formats of what coordination costs, one file each."""
