"""Container networks as parts: attach x transport x enforce. Pure: nothing here talks to a kernel."""
