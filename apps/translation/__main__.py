"""`python -m apps.translation`: this page alone."""

from apps.server import launch
from apps.translation.page import page, warm_up


def main() -> None:
    """Serve this page alone."""
    chosen = launch.options("Open the translation page in a browser.")
    launch.serve(page(), chosen, after=warm_up)


if __name__ == "__main__":
    main()
