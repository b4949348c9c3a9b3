"""The differential cases, one module for each topic: a list ``GROUPS``."""
