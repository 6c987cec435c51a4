"""Encapsulations of a pod's packet on the wire. One file each."""
