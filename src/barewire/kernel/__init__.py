"""The only package that talks to a kernel: namespaces, netlink, nft, tc, ethtool, taps and counters."""
