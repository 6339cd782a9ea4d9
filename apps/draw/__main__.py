"""`python -m apps.draw`: this page alone."""

from apps.draw import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
