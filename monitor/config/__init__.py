"""config.toml to objects; every error with file:line:column, the line and a caret."""

from monitor.config.api import Api as Api
from monitor.config.checks import duration as duration
from monitor.config.errors import ConfigError as ConfigError
from monitor.config.errors import ConfigErrors as ConfigErrors
from monitor.config.loading import Config as Config
from monitor.config.loading import Manners as Manners
from monitor.config.loading import Polling as Polling
from monitor.config.loading import failing_tests as failing_tests
from monitor.config.loading import load as load
from monitor.config.places import find as find
from monitor.config.places import state_directory as state_directory
from monitor.config.sources import of_url as source_of_url

__all__ = [
    "Api",
    "Config",
    "ConfigError",
    "ConfigErrors",
    "Manners",
    "Polling",
    "duration",
    "failing_tests",
    "find",
    "load",
    "source_of_url",
    "starter",
    "state_directory",
]


def starter() -> str:
    """Return the commented configuration that `newsbell init` writes: the project's own config.toml."""
    from importlib.resources import files  # takes its time, and only `init` asks

    return files("monitor.config").joinpath("starter.toml").read_text(encoding="utf-8")
