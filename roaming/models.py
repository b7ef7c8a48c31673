"""No models of its own; with this module Django announces to the project when it has migrated."""
