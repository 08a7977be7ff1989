"""Words that every room shares: events, the plan, settings, the warehouse, errors."""
