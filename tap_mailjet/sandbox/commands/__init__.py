"""The command line `tap-mailjet-sandbox`."""
