"""Stand-ins for the SaaS tools: the vendors' HTTP APIs over one file of documents."""
