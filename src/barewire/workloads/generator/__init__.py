"""The driver of `barewire-load`, and the results made of its output."""
