"""What the shop front reads in milliseconds: the online store and its API (RT-4)."""
