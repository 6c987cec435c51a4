"""What runs in a lab, on whichever machine: pid 1, the holder that makes it, the programs it starts."""
