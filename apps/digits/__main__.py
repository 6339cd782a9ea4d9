"""`python -m apps.digits`: this page alone."""

from apps.digits import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
