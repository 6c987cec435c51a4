"""Who gives out leases: one file an allocator."""
