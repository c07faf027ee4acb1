"""Faults of requests: their configuration, and which request suffers which fault."""
