"""The simulated company: its people, what they do, and what its tools note."""
