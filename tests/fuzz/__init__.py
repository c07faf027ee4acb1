"""A seeded fuzzer: the whole command against an account that misbehaves, in one process.

`python -m tests.fuzz --help` says how to run it; docs/fuzzing.md says what it draws and checks.
"""
