"""The page of a run: what stands in it, its figures, its template."""
