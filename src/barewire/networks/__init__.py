"""Container networks as parts: attach x transport x policy. Pure: nothing here talks to a kernel."""
