"""Reads queries into complete, ordered rows. Independent of the SDK."""
