"""HTTP access to Mailjet. This package knows nothing of streams or Singer."""
