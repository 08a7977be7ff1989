"""The schedule: which step runs after which, and which may be skipped."""
