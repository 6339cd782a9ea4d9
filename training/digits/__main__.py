"""`python -m training.digits`."""

from training.digits.commands import main

main()
