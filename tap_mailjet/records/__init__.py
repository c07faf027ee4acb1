"""From a wire row to a record. Pure: no network, no SDK."""
