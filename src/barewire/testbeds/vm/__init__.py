"""Labs on another kernel, in a QEMU VM."""
