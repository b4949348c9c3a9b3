"""VARIANT: values of any shape in the binary form of Parquet's Variant encoding, version 1.

A variant is two byte strings: `value`, and `metadata` with the dictionary of its field names. In a column it is a struct of both
(`columns`). `encoding` writes the form and `reading` reads it; `json_input` and `json_output` are JSON, `paths` leads to a part,
`casts` to and from other types, `schemas` tells the type, `edits` changes a value, `user_value` is what users hold. There are no
kernels for any of it, so all work is done once per distinct value (`columns.distinct_variants`).
"""
