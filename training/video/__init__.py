"""Video: a label for every frame, and one for the clip."""
