"""`python -m apps.video`: this page alone."""

from apps.server import launch
from apps.video import PAGE

if __name__ == "__main__":
    launch.main(PAGE)
