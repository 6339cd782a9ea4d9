"""Guided observations on gradients."""

from apps.shared.observations import Observation

OBSERVATIONS: tuple[Observation, ...] = ()
