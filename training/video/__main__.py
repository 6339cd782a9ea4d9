"""`python -m training.video`."""

from training.video.commands import main

main()
