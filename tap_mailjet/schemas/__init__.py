"""One JSON schema file per stream, named like the stream."""
