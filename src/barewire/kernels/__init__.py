"""The kernels that a VM can boot: which there are, fetched from a distribution's archive, unpacked into a cache."""
