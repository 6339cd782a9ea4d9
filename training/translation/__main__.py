"""`python -m training.translation`."""

from training.translation.commands import main

if __name__ == "__main__":
    main()
