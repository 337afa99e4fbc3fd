"""config.toml to objects; every error with file:line:column, the line and a caret."""

from typing import TYPE_CHECKING

from monitor import late

if TYPE_CHECKING:
    from monitor.config.errors import ConfigError as ConfigError
    from monitor.config.errors import ConfigErrors as ConfigErrors
    from monitor.config.loading import Config as Config
    from monitor.config.loading import Manners as Manners
    from monitor.config.loading import Polling as Polling
    from monitor.config.loading import failing_tests as failing_tests
    from monitor.config.loading import load as load
    from monitor.config.places import find as find
    from monitor.config.places import socket_of as socket_of
    from monitor.config.places import socket_to_open as socket_to_open
    from monitor.config.places import state_directory as state_directory
    from monitor.config.places import system_state as system_state
    from monitor.config.reading.checks import duration as duration
    from monitor.config.tables.api import Api as Api
else:
    __getattr__ = late.named(
        __name__,
        Api="tables.api",
        duration="reading.checks",
        ConfigError="errors",
        ConfigErrors="errors",
        Config="loading",
        Manners="loading",
        Polling="loading",
        failing_tests="loading",
        load="loading",
        find="places",
        socket_of="places",
        socket_to_open="places",
        state_directory="places",
        system_state="places",
    )


def starter() -> str:
    """Return the commented configuration that `newsbell init` writes: the project's own config.toml."""
    from importlib.resources import files  # takes its time, and only `init` asks

    return files("monitor.config").joinpath("starter.toml").read_text(encoding="utf-8")
