"""What a node's netfilter does with packets: one file a part."""
