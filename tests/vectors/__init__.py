"""Bytes that both languages must produce and accept."""
