"""The trained systems of the lecture, one file each: text or picture in, answer with its evidence out."""
