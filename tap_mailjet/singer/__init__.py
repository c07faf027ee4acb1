"""The integration with the Singer SDK."""
