"""`python -m training.sentiment`."""

from training.sentiment.commands import main

if __name__ == "__main__":
    main()
