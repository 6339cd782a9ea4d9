"""Visual question answering: a picture and a question in, an answer out."""
