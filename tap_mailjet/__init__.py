"""A Singer tap for Mailjet: reports into a warehouse, nothing lost."""
