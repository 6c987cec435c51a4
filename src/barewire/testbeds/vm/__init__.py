"""Labs on a kernel of their own, in a machine of QEMU's."""
