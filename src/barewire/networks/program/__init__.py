"""Programs that build the pods' interfaces: one file for each kind of program, named before the colon in `cni:FILE`."""
