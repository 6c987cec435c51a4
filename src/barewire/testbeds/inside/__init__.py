"""What runs in a sandbox, on whichever machine: pid 1, the holder that makes it, the programs it starts."""
