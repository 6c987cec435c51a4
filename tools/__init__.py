"""Programs for those who work on barewire; no part of the package."""
