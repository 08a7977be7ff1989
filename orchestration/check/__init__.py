"""``cdp check``: everything that is wrong with a workspace, in one run."""
