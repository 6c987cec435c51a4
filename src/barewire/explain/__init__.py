"""Where a network's instructions go inside the kernel: counted in a VM, folded into stages, set beside the host's."""
