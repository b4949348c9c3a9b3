"""Room: sql/streaming."""
