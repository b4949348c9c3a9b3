"""Keyed state of one operator partition: columnar in memory, log-structured on disk. Knows only pyarrow and the checkpoint."""
