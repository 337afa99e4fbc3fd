"""What is kept quiet, as all faces show it."""

from monitor.core.telling.matchers import text_of
from monitor.core.telling.render import instant
from monitor.model import JSON, Silence


def silence_json(silence: Silence) -> dict[str, JSON]:
    """Return a silence or an ack as `silence --list --json` prints it."""
    return {
        "id": silence.id,
        "matchers": [text_of(one) for one in silence.matchers],
        "starts_at": instant(silence.starts_at),
        "ends_at": instant(silence.ends_at) if silence.ends_at else None,
        "comment": silence.comment,
        "alert": silence.alert or None,
    }
