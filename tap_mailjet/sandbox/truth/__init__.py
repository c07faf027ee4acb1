"""The expected rows to compare a client with, and the changes of an account between requests."""
