"""Everything that goes out: destinations, syncs and the online store."""
