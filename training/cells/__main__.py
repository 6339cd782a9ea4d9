"""`python -m training.cells`."""

from training.cells.commands import main

main()
