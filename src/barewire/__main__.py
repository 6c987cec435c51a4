"""`python -m barewire`."""

from barewire.cli import main

main()
