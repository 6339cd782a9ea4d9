"""`python -m apps.translation`: this page alone."""

from apps.server import launch
from apps.translation import PAGE

if __name__ == "__main__":
    launch.main(PAGE)
