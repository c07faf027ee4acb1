"""The streams: declarations, grouped by Mailjet's own families."""
