"""`python -m apps.gradients`: this page alone."""

from apps.gradients import PAGE
from apps.server import launch

if __name__ == "__main__":
    launch.main(PAGE)
