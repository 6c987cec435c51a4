"""How pods get their interface: one file a part."""
