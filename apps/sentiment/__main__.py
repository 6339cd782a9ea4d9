"""`python -m apps.sentiment`: this page alone."""

from apps.sentiment.page import page, warm_up
from apps.server import launch


def main() -> None:
    """Serve this page alone."""
    chosen = launch.options("Open the sentiment page in a browser.")
    launch.serve(page(), chosen, after=warm_up)


if __name__ == "__main__":
    main()
