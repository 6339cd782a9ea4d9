"""`python -m training.sentiment`."""

from training.sentiment.commands import main

main()
