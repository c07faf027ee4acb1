"""A Singer tap for Mailjet."""
