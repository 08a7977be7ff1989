"""The tools that data is sent to: one module a tool, for live and batch alike."""
