"""What stands around a pod's packet on the wire: one file an encapsulation."""
