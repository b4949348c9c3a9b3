"""The checkpoint directory: files, layout, codec, offset and commit logs. Knows bytes and epochs, not operators."""
