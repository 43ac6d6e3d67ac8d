"""The sync engine: sealed operations over signed segments, and no word of any domain."""
