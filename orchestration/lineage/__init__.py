"""Where every column comes from and where it goes, to the field."""
