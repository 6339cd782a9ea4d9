"""`python -m apps.char_lm`: this page alone."""

from apps.char_lm.page import page, warm_up
from apps.server import launch


def main() -> None:
    """Serve this page alone."""
    chosen = launch.options("Open the character model's page in a browser.")
    launch.serve(page(), chosen, after=warm_up)


if __name__ == "__main__":
    main()
