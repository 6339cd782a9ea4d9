"""Looks into trained and untrained networks."""
