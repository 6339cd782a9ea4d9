"""All cells on the same tasks, with equally many parameters and equally many steps."""
