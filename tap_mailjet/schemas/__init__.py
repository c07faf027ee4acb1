"""One JSON schema per stream, found by the stream's name."""
