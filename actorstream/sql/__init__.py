"""Room: sql."""
