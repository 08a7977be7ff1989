"""What is loaded on a schedule: one dlt source per module, named by its kind."""
