"""`python -m apps.unroller`: this page alone."""

from apps.server import launch
from apps.unroller import PAGE

if __name__ == "__main__":
    launch.main(PAGE)
