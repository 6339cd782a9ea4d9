"""Text as numbers: tokenizers and vocabularies, and texts cut into sentences."""
