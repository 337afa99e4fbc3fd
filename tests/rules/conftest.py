"""Random examples are judged by what they show, not by how long a busy machine took."""

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
