"""The collector: events in over HTTP, durable before they are acknowledged."""
