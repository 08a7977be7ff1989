"""What a change of the models would do: to models, to rows, and to the tools."""
