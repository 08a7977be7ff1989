"""Everything that comes in: the collector, the event log and the sources."""
