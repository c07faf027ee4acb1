"""The settings: their JSON schema, and their parsed values."""
