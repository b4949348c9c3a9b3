"""The dataflow model: protocols, graph, exchanges, operators. Arrow in, Arrow out; no thread, no file, no clock."""
