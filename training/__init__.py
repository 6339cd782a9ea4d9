"""Fitting the models: a data set goes in, a trained bundle and measured scores come out."""
