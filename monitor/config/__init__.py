"""config.toml to objects; every error with file:line:column."""
