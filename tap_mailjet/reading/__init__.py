"""From queries to complete, ordered rows. No SDK."""
