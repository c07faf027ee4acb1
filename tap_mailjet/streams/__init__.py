"""The declarations of the streams, grouped by families of Mailjet's API reference."""
