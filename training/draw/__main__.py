"""`python -m training.draw`."""

from training.draw.commands import main

main()
