"""Digits, read piece by piece: many to one over what is no sequence."""
