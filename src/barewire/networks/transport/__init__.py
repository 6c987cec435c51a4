"""Transport parts: how packets reach pods on other nodes. One file per part."""
