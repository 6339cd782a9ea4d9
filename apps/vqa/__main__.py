"""`python -m apps.vqa`: this page alone."""

from apps.server import launch
from apps.vqa import PAGE

if __name__ == "__main__":
    launch.main(PAGE)
