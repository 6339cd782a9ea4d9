"""Cells beyond the lecture's three: those of its slide about variants, and those that came after."""
