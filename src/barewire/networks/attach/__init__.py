"""Attach parts: how pods get their interface. One file per part."""
