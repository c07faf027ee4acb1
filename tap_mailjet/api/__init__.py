"""HTTP to Mailjet. Nothing here knows a stream or Singer."""
