"""Converts wire rows to records. Independent of the network and the SDK."""
