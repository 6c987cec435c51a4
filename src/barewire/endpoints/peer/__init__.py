"""A peer: another machine on which `barewire serve` runs the servers of a study, over one authenticated connection."""
