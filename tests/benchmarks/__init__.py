"""How fast the tap is, beside what else could be used.

`uv run python -m tests.benchmarks`
"""
