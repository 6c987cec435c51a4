"""How packets reach pods on other nodes: one file a part."""
