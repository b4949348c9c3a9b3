"""Room: expr."""
