"""`python -m apps.cells`: this page alone."""

from apps.cells import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
