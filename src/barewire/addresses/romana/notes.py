"""Where a topology is not what it looks like: what Romana does with it that its writer may not expect."""

from __future__ import annotations

from collections.abc import Iterator

from barewire.addresses.romana.allocator import RomanaNetwork


def notes(network: RomanaNetwork) -> Iterator[str]:
    """A sentence for each."""
    if network.top is None:
        yield "No map names it: it has no groups, takes no node and gives no addresses."
        return
    if network.prefix.written != network.prefix.first:
        yield f"Its CIDR has bits behind /{network.prefix.length}: groups are counted from there, so they do not fill the prefix."
    leaves = list(network.top.leaves())
    if not leaves:
        yield "Its map is empty: it takes no node."
        return
    small = [leaf for leaf in leaves if leaf.prefix and leaf.prefix.length > network.block_mask]
    if small:
        yield (
            f"A block is larger than the prefix of {_named(len(small))}: nodes of neighbouring groups can be given the same "
            f"address. Use a block_mask of at least {max(leaf.prefix.length for leaf in small if leaf.prefix)}."
        )
    outside = [leaf for leaf in leaves if leaf.prefix and not (
        network.prefix.first <= leaf.prefix.first and leaf.prefix.last <= network.prefix.last
    )]  # fmt: skip
    if outside:
        yield f"{_named(len(outside)).capitalize()} lie outside of its prefix."
    taken = [leaf for leaf in leaves if leaf.spare and leaf.hosts]
    if taken:
        yield (
            f"Spare groups have nodes ({sum(len(leaf.hosts or ()) for leaf in taken)}): Romana asks for no label there, "
            "so nodes of any zone get there once the groups of their own have as many."
        )


def _named(groups: int) -> str:
    return "one group" if groups == 1 else f"{groups} groups"
