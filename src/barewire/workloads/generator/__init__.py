"""The driver of `barewire-load`, and what its output is turned into."""
