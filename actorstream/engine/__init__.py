"""The engine: driver, source, operator and sink actors, launch and recovery. Knows protocols, not implementations."""
