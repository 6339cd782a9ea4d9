"""Pictures as numbers: files opened safely, and a frozen image encoder."""
