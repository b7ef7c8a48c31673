"""Charts of charges as SVG, made on the server; beside each there is a table that says the same."""
