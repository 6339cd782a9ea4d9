"""`python -m apps.char_lm`: this page alone."""

from apps.char_lm import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
