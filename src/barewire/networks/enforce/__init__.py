"""How policy is enforced: one file a part."""
