"""`python -m training.char_lm`."""

from training.char_lm.commands import main

if __name__ == "__main__":
    main()
