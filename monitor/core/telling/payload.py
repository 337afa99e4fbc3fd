"""The JSON Schema of what a webhook is sent: docs/webhook.schema.json is made from this.

Versioned by `VERSION`: what only adds keys or types raises its second number, anything else its first.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from monitor.core.telling.render import ALSO_MAX, BODY_MAX, LABEL_MAX, SPANS_MAX, TITLE_MAX
from monitor.model import AlertType, Severity, Span

VERSION = "1.2"
TEXT: Mapping[str, Any] = {"type": "string"}

TYPES: Mapping[AlertType, str] = {
    AlertType.CREATED: "an item matched a rule",
    AlertType.UPDATED: "an edit of it tells something else",
    AlertType.RETRACTED: "it left its source sooner than its place there explains, and stayed away",
    AlertType.SOURCE_FAILING: "a source failed three times in a row, or is gone for good",
    AlertType.SOURCE_RECOVERED: "it answers again, has news again, or its clock and ours agree again",
    AlertType.SOURCE_SILENT: "nothing new for longer than it was ever quiet",
    AlertType.SOURCE_GAP: "items of a source went by unseen",
    AlertType.SOURCE_DRIFTING: "the selectors of a page no longer fit it",
    AlertType.SOURCE_SKEWED: "the clock of its server is five minutes or more from ours",
    AlertType.RULE_ABSENT: "nothing matched a rule for as long as its `absent` says",
    AlertType.RULE_RECOVERED: "something does again",
    AlertType.RECEIVER_FAILING: "a notifier does not answer for ten minutes, or refuses what it is told",
    AlertType.RECEIVER_RECOVERED: "it answers again",
    AlertType.RECEIVER_DISABLED: "a notifier answered 410",
    AlertType.STORE_RESTORED: "the database was damaged, and a backup took its place",
    AlertType.DIGEST: "what was held for this notifier, told at once",
    AlertType.TEST: "`newsbell check --notify NAME`",
}


def schema() -> dict[str, Any]:
    """Return the schema of a body."""
    types = [*AlertType]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:newsbell:webhook:{VERSION}",
        "title": "Newsbell webhook body",
        "description": "One alert, as POSTed by Newsbell. Receivers must ignore keys and types they do not know.",
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {
                "description": "What happened. " + " ".join(f"{one}: {TYPES[one]}." for one in types),
                "type": "string",
                "enum": types,
            },
            "timestamp": {
                "description": "When it happened. When this attempt was made stands in the header webhook-timestamp.",
                "$ref": "#/$defs/instant",
            },
            "data": _DATA,
        },
        "$defs": _DEFS,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


_DATA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "rule", "severity", "item", "spans"],
    "properties": {
        "id": {
            "description": "The alert's id, the same for every notifier: `newsbell why ID`.",
            "type": "string",
        },
        "rule": {
            "description": "The rule's name; null where the type has none.",
            "type": ["string", "null"],
        },
        "severity": {
            "type": "string",
            "enum": [*Severity],
        },
        "item": {
            "description": "The item as it was when it matched; null where the type has none.",
            "oneOf": [
                {
                    "type": "null",
                },
                _ref("item"),
            ],
        },
        "spans": {
            "description": f"Where the rule matched, {SPANS_MAX} places at most.",
            "type": "array",
            "items": _ref("span"),
        },
        "story": {
            "description": "The story the item belongs to; given with an item.",
            "type": "object",
            "required": ["id", "also_in", "publishers"],
            "properties": {
                "id": {
                    "description": "The id of the story's first item as known when it rang; the item's own when it is alone.",
                    "type": "string",
                },
                "also_in": {
                    "description": f"Other items that told the story when this one rang, the first ones first; 10 and {ALSO_MAX:,} bytes at most.",
                    "type": "array",
                    "items": _ref("member"),
                },
                "publishers": {
                    "description": "How many publishers told the story then, this item's own counted; several feeds of one publisher are one.",
                    "type": "integer",
                    "minimum": 1,
                },
            },
        },
        "members": {
            "description": f"The other matches that the rule waited for before it rang, oldest first, of the same item once; given where its threshold asks for more than one, as many as fit in {ALSO_MAX:,} bytes.",
            "type": "array",
            "items": _ref("member"),
        },
        "edit": {
            "description": "What an edit changed of what was told; given with alert.updated.",
            "type": "object",
            "required": ["kind", "title", "summary"],
            "properties": {
                "kind": {
                    "description": "What tells something else; null where nothing does, and the rule asks for any edit.",
                    "oneOf": [
                        {
                            "type": "null",
                        },
                        {
                            "type": "string",
                            "enum": ["number", "name", "denial", "state", "statement"],
                        },
                    ],
                },
                "title": {
                    "description": "The title in parts, empty where it is as it was; long ones as one exchanged text.",
                    "type": "array",
                    "items": _ref("part"),
                },
                "summary": {
                    "type": "array",
                    "items": _ref("part"),
                },
            },
        },
        "digest": {
            "description": "What was held and is told at once; given with the type digest.",
            "type": "object",
            "required": ["count", "since", "alerts"],
            "properties": {
                "count": {
                    "description": "How many alerts it tells.",
                    "type": "integer",
                    "minimum": 1,
                },
                "since": {
                    "description": "When the first of them was made.",
                    "$ref": "#/$defs/instant",
                },
                "alerts": {
                    "description": "In the order of events; where not all fit in the body, the loudest.",
                    "type": "array",
                    "items": _ref("brief"),
                },
            },
        },
        "links": {
            "description": "Where to read on; given with an item.",
            "type": "object",
            "properties": {
                "item": {
                    "description": "The item's page; left out unless it is an http or https address.",
                    "type": "string",
                    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
                },
            },
        },
        "sentence": {
            "description": "What happened, for people, where the type has no item; of a burst how much more than usual came, of what is taken back since when.",
            "type": "string",
        },
        "source": {
            "description": "The source it is about, or in whose body the item stood; left out where there is none.",
            "type": "string",
        },
        "late": {
            "description": "Given, and true, when the receiver was down when the alert was due.",
            "const": True,
        },
    },
}

_DEFS: dict[str, Any] = {
    "instant": {
        "description": "ISO 8601, UTC.",
        "type": "string",
        "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$",
    },
    "item": {
        "type": "object",
        "required": ["id", "title", "summary", "url", "source", "publisher", "published", "first_seen"],
        "properties": {
            "id": TEXT,
            "title": {
                "description": f"Plain text; cut with an ellipsis at {TITLE_MAX:,} bytes.",
                "type": "string",
            },
            "summary": {
                "description": f"Plain text; cut with an ellipsis so that the body stays below {BODY_MAX:,} bytes.",
                "type": "string",
            },
            "url": {
                "description": f'"" where there is none, or one of more than {TITLE_MAX:,} bytes.',
                "type": "string",
            },
            "source": {
                "description": "The name of the source that had it first.",
                "type": "string",
            },
            "publisher": TEXT,
            "published": {
                "description": "When it was published, as far as can be known: not before earliest, not after latest.",
                "type": "object",
                "required": ["earliest", "latest", "origin", "zone", "sure"],
                "properties": {
                    "earliest": _ref("instant"),
                    "latest": _ref("instant"),
                    "origin": {
                        "description": "stated: by the feed. attribute: by an attribute of the page. json-ld: by its structured data. twin: by the site's feed. text: as people read it. first-seen: the source says nothing, it is when the item was first seen.",
                        "type": "string",
                        "enum": ["stated", "attribute", "json-ld", "twin", "text", "first-seen"],
                    },
                    "zone": {
                        "description": 'By which a clock time without a date or a zone was read: a name of the tz database, an offset like +05:30, or UTC. "" where none was needed.',
                        "type": "string",
                    },
                    "sure": {
                        "description": "false: a guess that nothing confirms, as for a row pinned on top of a list for days.",
                        "type": "boolean",
                    },
                },
            },
            "first_seen": _ref("instant"),
        },
    },
    "member": {
        "description": "Another item of the story, or of the rule.",
        "type": "object",
        "required": ["source", "publisher", "url", "title"],
        "properties": {
            "source": {
                "description": "The name of the source that had it first.",
                "type": "string",
            },
            "publisher": TEXT,
            "url": {
                "description": '"" where there is none.',
                "type": "string",
            },
            "title": {
                "description": f"Plain text; cut with an ellipsis at {LABEL_MAX} bytes.",
                "type": "string",
            },
        },
    },
    "brief": {
        "description": "An alert of a digest.",
        "type": "object",
        "required": ["id", "at", "severity", "rule", "title", "url", "source"],
        "properties": {
            "id": TEXT,
            "at": _ref("instant"),
            "severity": {
                "type": "string",
                "enum": [*Severity],
            },
            "rule": {
                "description": "The rule's name; the type of an alert that no rule made.",
                "type": "string",
            },
            "title": {
                "description": f"The headline, or what happened; cut with an ellipsis at {LABEL_MAX} bytes.",
                "type": "string",
            },
            "url": {
                "description": f'"" where there is none, or one of more than {LABEL_MAX} bytes.',
                "type": "string",
            },
            "source": TEXT,
        },
    },
    "part": {
        "description": "A run of words that stayed, went or came.",
        "type": "object",
        "required": ["what", "text"],
        "properties": {
            "what": {
                "type": "string",
                "enum": ["same", "gone", "new"],
            },
            "text": TEXT,
        },
    },
    "span": {
        "description": "Offsets into the field's text in characters (Unicode code points), end exclusive.",
        "type": "object",
        "required": ["field", "start", "end"],
        "properties": {
            "field": {
                "type": "string",
                "enum": [*get_args(get_type_hints(Span)["field"])],
            },
            "start": {
                "type": "integer",
                "minimum": 0,
            },
            "end": {
                "type": "integer",
                "minimum": 0,
            },
        },
    },
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
