"""`python -m apps.captioning`: this page alone."""

from apps.captioning import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
