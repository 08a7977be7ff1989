"""What each vendor posts, and which of our events it is: tables and pure functions."""
