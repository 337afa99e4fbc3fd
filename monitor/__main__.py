"""`python -m monitor` is `newsbell`."""

from monitor.cli import main

if __name__ == "__main__":
    main()
