"""`python -m training.char_lm`."""

from training.char_lm.commands import main

main()
