"""Many runs in time order: what every format says of a history; `formats/` has these."""
