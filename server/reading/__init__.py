"""Pseudonymous reading: what the server can say without a key, which is ids, codes, counts and states."""
