"""Profiles: the same bounded search in every run, and a longer one by `--hypothesis-profile=long`."""

from hypothesis import settings

settings.register_profile("default", derandomize=True, max_examples=150, deadline=None, database=None)
settings.register_profile("long", derandomize=False, max_examples=5000, deadline=None, print_blob=True)
settings.load_profile("default")
