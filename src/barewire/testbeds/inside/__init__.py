"""Code that runs in a lab, on any machine: PID 1, the holder that creates it, and the programs it starts."""
