"""Where the tap meets the Singer SDK."""
