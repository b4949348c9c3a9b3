"""Room: expr/functions."""
