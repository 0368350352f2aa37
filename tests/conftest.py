"""Hypothesis profiles: "ci" gives the same examples every time, "default" looks for new ones."""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")
