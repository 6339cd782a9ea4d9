"""`python -m training.vqa`."""

from training.vqa.commands import main

main()
