"""Profiles: the same bounded search in every run, and a longer, random one with `HYPOTHESIS_PROFILE=long`."""

import os

from hypothesis import settings

settings.register_profile("bounded", derandomize=True, max_examples=150, deadline=None, database=None)
settings.register_profile("long", derandomize=False, max_examples=3000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "bounded"))
