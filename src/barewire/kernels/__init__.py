"""Kernels that a VM can boot: listed, downloaded from a distribution's archive, unpacked into a cache."""
