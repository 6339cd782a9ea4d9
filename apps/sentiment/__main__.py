"""`python -m apps.sentiment`: this page alone."""

from apps.sentiment import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
