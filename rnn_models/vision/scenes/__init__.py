"""Drawn scenes whose truth is known: how they are made and drawn, what can be asked about them, and how."""
