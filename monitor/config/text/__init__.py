"""The text of config.toml and of the files it includes: what stands where."""
