"""`newsbell`, and `python -m monitor`."""

from monitor import garbage


def main() -> None:
    """Run the command line."""
    garbage.loading()
    from monitor.cli import main as command  # loads most of what there is

    command()


if __name__ == "__main__":
    main()
