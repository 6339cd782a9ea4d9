"""`python -m training.translation`."""

from training.translation.commands import main

main()
