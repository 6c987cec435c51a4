"""Where a network's instructions go inside the kernel: counted in a VM, folded into stages, compared with the host's."""
