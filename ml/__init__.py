"""Models that learn, and the tables that they write back."""
