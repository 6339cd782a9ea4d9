"""DRAW: one to many over what is no sequence. A picture is painted step by step."""
