"""The workspace over HTTP, read: what it is set to, and how it does."""
