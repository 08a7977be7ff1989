"""Who is who, for people: look a person up, cut a wrong link, try a change of rules."""
