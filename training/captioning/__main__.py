"""`python -m training.captioning`."""

from training.captioning.commands import main

if __name__ == "__main__":
    main()
