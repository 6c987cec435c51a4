"""Policy parts: what a node's netfilter does with packets. One file per part."""
