"""`python -m training.captioning`."""

from training.captioning.commands import main

main()
