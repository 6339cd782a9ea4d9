"""What is said of data that cannot be used."""


class DataError(RuntimeError):
    """A data file could not be had, or is not what it should be. The message says what to do."""
