"""An alert as others read it: bodies that keep to their schema and size, lines that stay lines."""

import doctest
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.telling import payload, remarks, render
from monitor.model import Alert, AlertType, Also, Delivery, Edit, Item, Published, Severity, Span

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "webhook.schema.json").read_text())
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
TITLE = "Russian ICBM strike would be 'clear escalation,' EU says"

ITEM = Item(
    id="i1",
    source="kyiv-sidebar",
    title=TITLE,
    summary='Ракета «Орешник» — 🚀 said "Kallas"',
    url="https://kyivindependent.com/eu-icbm/",
    publisher="kyivindependent.com",
    published=Published(
        earliest=AT - timedelta(minutes=4), latest=AT - timedelta(minutes=4), origin="stated"
    ),
    first_seen_at=AT,
    story="i0",
)
ALERT = Alert(
    id="a1",
    type=AlertType.CREATED,
    dedupe="escalation/i1",
    at=AT,
    severity=Severity.CRITICAL,
    rule="escalation",
    item=ITEM,
    spans=(Span(field="title", start=8, end=12), Span(field="summary", start=0, end=6)),
)
ALSO = Also(source="pravda", publisher="pravda.com.ua", url="https://pravda.com.ua/1", title="EU on ICBMs")
DELIVERY = Delivery(id="d1", alert=ALERT, notifier="ops", created_at=AT)
GONE = Alert(
    id="a2",
    type=AlertType.RECEIVER_DISABLED,
    dedupe="receiver.disabled/ops",
    at=AT,
    severity=Severity.CRITICAL,
    sentence="ops answered 410 and is told nothing more",
)


def told(item: Item, spans: tuple[Span, ...] = ()) -> Delivery:
    return replace(DELIVERY, alert=replace(ALERT, item=item, spans=spans))


# -- a reader of JSON Schema, as much of it as ours uses ---------------------------------------

KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "null": type(None),
}
READ = {
    "$ref",
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "type",
    "required",
    "properties",
    "enum",
    "const",
    "oneOf",
}
READ |= {"items", "pattern", "minimum"}


def wrong(value: Any, schema: Mapping[str, Any], where: str = "body") -> list[str]:
    """Return all that does not fit, as "path: why"."""
    assert set(schema) <= READ, "the schema uses what this reader does not know"
    if "$ref" in schema:
        return wrong(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], where)
    if "oneOf" in schema:
        fits = [option for option in schema["oneOf"] if not wrong(value, option, where)]
        return [] if len(fits) == 1 else [f"{where}: fits {len(fits)} of oneOf"]
    found = []
    kinds = schema.get("type", [*KINDS, "boolean"])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(isinstance(value, KINDS.get(kind, bool)) for kind in kinds):
        return [f"{where}: not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: not in {schema['enum']}")
    if "const" in schema and value is not schema["const"]:
        found.append(f"{where}: not {schema['const']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: not like {schema['pattern']}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{where}: below {schema['minimum']}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where}: lacks {key}" for key in schema.get("required", ()) if key not in value]
        found += [f"{where}: {key} is not in the schema" for key in value if key not in known]
        for key in value.keys() & known.keys():
            found += wrong(value[key], known[key], f"{where}.{key}")
    if isinstance(value, list):
        for element in value:
            found += wrong(element, schema["items"], f"{where}[]")
    return found


def test_the_examples_of_the_module_hold() -> None:
    outcome = doctest.testmod(render)
    assert outcome.attempted >= 2
    assert outcome.failed == 0


# -- webhooks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delivery",
    [
        DELIVERY,
        replace(DELIVERY, late=True),
        replace(DELIVERY, alert=GONE),
        replace(DELIVERY, alert=replace(GONE, type=AlertType.TEST, source="kyiv", severity=Severity.INFO)),
        told(replace(ITEM, url="", story="", publisher="", summary="")),
        told(replace(ITEM, url="javascript:alert(1)")),
        replace(DELIVERY, alert=replace(ALERT, also_in=(ALSO,), publishers=2, members=(ALSO, ALSO))),
        told(
            replace(
                ITEM,
                published=replace(ITEM.published, origin="first-seen"),
                first_seen_at=AT.replace(microsecond=7),
            )
        ),
    ],
)
def test_a_body_keeps_to_the_schema(delivery: Delivery) -> None:
    assert wrong(json.loads(render.body(delivery)), SCHEMA) == []


def test_the_reader_of_the_schema_sees_what_is_wrong() -> None:
    good = json.loads(render.body(DELIVERY))
    for path, value in (
        (("type",), "alert.unheard-of"),
        (("timestamp",), "2026-11-24 14:05"),
        (("data", "severity"), "loud"),
        (("data", "spans", 0, "start"), -1),
        (("data", "spans", 0, "field"), "body"),
        (("data", "item", "title"), None),
        (("data", "item", "published", "origin"), "guessed"),
        (("data", "late"), False),
        (("data", "unknown"), 1),
        (("data", "links", "item"), "javascript:alert(1)"),
    ):
        bad = json.loads(json.dumps(good))
        inner = bad
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        assert wrong(bad, SCHEMA), path
    assert wrong({**good, "data": {}}, SCHEMA)


def test_every_type_stands_in_the_schema() -> None:
    assert payload.schema() == SCHEMA, "python -m monitor.core.telling.payload > docs/webhook.schema.json"
    assert payload.TYPES.keys() == set(AlertType)
    assert SCHEMA["properties"]["type"]["enum"] == [str(type_) for type_ in AlertType]


def test_a_body_says_what_happened_and_only_what_is_known() -> None:
    assert json.loads(render.body(DELIVERY)) == {
        "type": "alert.created",
        "timestamp": "2026-11-24T14:05:00Z",
        "data": {
            "id": "a1",
            "rule": "escalation",
            "severity": "critical",
            "item": {
                "id": "i1",
                "title": TITLE,
                "summary": ITEM.summary,
                "url": "https://kyivindependent.com/eu-icbm/",
                "source": "kyiv-sidebar",
                "publisher": "kyivindependent.com",
                "published": {
                    "earliest": "2026-11-24T14:01:00Z",
                    "latest": "2026-11-24T14:01:00Z",
                    "origin": "stated",
                    "zone": "",
                    "sure": True,
                },
                "first_seen": "2026-11-24T14:05:00Z",
            },
            "spans": [{"field": "title", "start": 8, "end": 12}, {"field": "summary", "start": 0, "end": 6}],
            "story": {"id": "i0", "also_in": [], "publishers": 1},
            "links": {"item": "https://kyivindependent.com/eu-icbm/"},
        },
    }
    assert "Орешник» — 🚀".encode() in render.body(DELIVERY)


def test_late_is_said_when_it_is_true_and_only_then() -> None:
    assert "late" not in render.payload(DELIVERY)["data"]  # type: ignore[operator]
    assert json.loads(render.body(replace(DELIVERY, late=True)))["data"]["late"] is True


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    data = json.loads(render.body(told(replace(ITEM, url="javascript:alert(1)"))))["data"]
    assert data["item"]["url"] == "javascript:alert(1)"
    assert data["links"] == {}


def test_a_long_summary_is_cut_and_spans_beyond_the_cut_are_dropped() -> None:
    spans = (Span(field="summary", start=0, end=5), Span(field="summary", start=59_990, end=59_995))
    body = render.body(
        told(replace(ITEM, summary="слово " * 10_000), (*spans, Span(field="tag", start=0, end=3)))
    )
    data = json.loads(body)["data"]
    assert 19_900 < len(body) < 20_000
    assert data["item"]["summary"].endswith("…")
    assert data["spans"] == [
        {"field": "summary", "start": 0, "end": 5},
        {"field": "tag", "start": 0, "end": 3},
    ]


def test_what_just_fits_is_not_cut() -> None:
    room = 19_999 - len(render.body(told(replace(ITEM, summary=""))))
    bodies = [render.body(told(replace(ITEM, summary="x" * (room + n)))) for n in range(-100, 20)]
    whole = [b"\xe2\x80\xa6" not in body for body in bodies]
    assert whole == sorted(whole, reverse=True)  # once too long, always too long
    assert whole[0]
    assert not whole[-1]
    assert 19_950 < max(map(len, bodies)) < 20_000


def test_an_address_too_long_to_send_is_left_out_rather_than_cut() -> None:
    item = json.loads(render.body(told(replace(ITEM, url="https://x.example/" + "a" * 5_000))))["data"][
        "item"
    ]
    assert item["url"] == ""


texts = st.text(st.characters(), max_size=60).flatmap(
    lambda text: st.integers(0, 3_000).map(lambda n: text * n)
)
spans = st.builds(
    lambda field, start, length: Span(field=field, start=start, end=start + length),
    st.sampled_from(["title", "summary", "source", "tag", "author", "url"]),
    st.integers(0, 70_000),
    st.integers(0, 50),
)
items = st.builds(
    lambda **texts: replace(ITEM, **texts),
    **dict.fromkeys(("id", "title", "summary", "url", "source", "publisher", "story"), texts),
)


others = st.builds(Also, source=texts, publisher=texts, url=texts, title=texts)


@pytest.mark.torture
@given(
    items,
    st.lists(spans, max_size=90).map(tuple),
    texts,
    texts,
    st.booleans(),
    st.lists(others, max_size=10).map(tuple),
    st.lists(others, max_size=20).map(tuple),
    st.none() | st.builds(Edit, title=texts, summary=texts, kind=st.sampled_from(("number", ""))),
)
def test_no_item_makes_a_body_too_long_unreadable_or_wrong(
    item: Item,
    matched: tuple[Span, ...],
    rule: str,
    sentence: str,
    late: bool,
    also: tuple[Also, ...],
    members: tuple[Also, ...],
    edit: Edit | None,
) -> None:
    alert = replace(
        ALERT, item=item, spans=matched, rule=rule, sentence=sentence, source=rule, also_in=also, publishers=2
    )
    alert = replace(alert, edit=edit, members=members)
    delivery = replace(DELIVERY, alert=alert, late=late)
    body = render.body(delivery)
    assert len(body) < 20_000
    assert body == render.body(delivery)
    content = json.loads(body.decode())
    assert wrong(content, SCHEMA) == []
    for field in ("title", "summary"):
        whole, sent = getattr(item, field), content["data"]["item"][field]
        if "\ud800" <= max(whole, default="") <= "\udfff":
            continue  # a lone surrogate is sent as "?"
        kept = sent if sent == whole else sent.removesuffix("…")
        assert whole.encode("utf-8", "replace").decode().startswith(kept)
        for span in content["data"]["spans"]:
            if span["field"] == field and sent != whole:
                assert span["end"] <= len(sent) - 1


def test_a_body_names_as_many_members_of_the_story_as_have_room() -> None:
    many = tuple(replace(ALSO, title=f"{n} " + "x" * 500) for n in range(10))
    full = replace(ITEM, summary="y" * 30_000, title="z" * 5_000)
    waited = render.payload(replace(told(full), alert=replace(ALERT, item=full, also_in=many, members=many)))
    data = cast("dict[str, Any]", waited["data"])
    assert 4 < len(data["members"]) < 10
    assert len(data["story"]["also_in"]) > 0
    body = render.body(replace(told(full), alert=replace(ALERT, item=full, also_in=many, publishers=12)))
    story = json.loads(body)["data"]["story"]
    assert 19_900 < len(body) < 20_000
    assert 4 < len(story["also_in"]) < 10
    assert story["also_in"][0]["title"].startswith("0 x")
    assert story["also_in"][0]["title"].endswith("…")
    assert story["publishers"] == 12


def test_a_line_says_who_else_tells_the_story() -> None:
    others = [replace(ALSO, publisher=name) for name in ("a.example", "a.example", "b.example")]
    two = replace(ALERT, also_in=tuple(others), publishers=3)
    assert "(kyiv-sidebar, 14:01, also in a.example, b.example) https" in remarks.headline(two)
    many = (*others, replace(ALSO, publisher="c.example"), replace(ALSO, publisher="d.example"))
    assert remarks.also_in(replace(two, also_in=many, publishers=9)) == (
        "also in a.example, b.example, c.example and 5 more"
    )
    own = replace(ALSO, publisher=ITEM.publisher)
    assert remarks.also_in(replace(ALERT, also_in=(own,))) == ""
    assert remarks.also_in(replace(two, also_in=(own, *others))) == "also in a.example, b.example"
    assert remarks.also_in(ALERT) == ""


# -- what the commands print ------------------------------------------------------------------


def test_the_least_common_part_of_json_is_what_the_documents_fix() -> None:
    item = {
        "id": "i1",
        "source": "kyiv-sidebar",
        "title": TITLE,
        "url": ITEM.url,
        "summary": ITEM.summary,
        "published": {
            "earliest": "2026-11-24T14:01:00Z",
            "latest": "2026-11-24T14:01:00Z",
            "origin": "stated",
            "zone": "",
            "sure": True,
        },
        "first_seen": "2026-11-24T14:05:00Z",
        "revision": 1,
        "story": "i0",
    }
    assert render.item_json(ITEM) == item
    assert render.item_json(replace(ITEM, story=""))["story"] == "i1"
    assert render.alert_json(ALERT) == {
        "id": "a1",
        "type": "alert.created",
        "rule": "escalation",
        "severity": "critical",
        "at": "2026-11-24T14:05:00Z",
        "source": None,
        "sentence": None,
        "item": item,
        "spans": [{"field": "title", "start": 8, "end": 12}, {"field": "summary", "start": 0, "end": 6}],
        "edit": None,
        "held": None,
        "members": [],
        "routes": [],
    }
    disabled = render.alert_json(GONE)
    assert (disabled["rule"], disabled["item"], disabled["spans"]) == (None, None, [])
    assert disabled["sentence"] == GONE.sentence
    assert render.alert_json(replace(GONE, type=AlertType.SOURCE_GAP, source="kyiv"))["source"] == "kyiv"
    assert render.delivery_json(
        replace(DELIVERY, state="retrying", until=AT, attempts=2, last_error="answered 503")
    ) == {
        "id": "d1",
        "alert": "a1",
        "notifier": "ops",
        "state": "retrying",
        "reason": "",
        "until": "2026-11-24T14:05:00Z",
        "in": None,
        "joins": None,
        "attempts": 2,
        "last_error": "answered 503",
    }
    assert render.delivery_json(DELIVERY)["until"] is None


def test_instants_are_utc_whatever_zone_they_come_in() -> None:
    kyiv = timezone(timedelta(hours=2))
    assert (
        render.instant(datetime(2026, 11, 24, 16, 5, 0, 250_000, tzinfo=kyiv))
        == "2026-11-24T14:05:00.250000Z"
    )


# -- a line -----------------------------------------------------------------------------------


def test_a_headline_is_one_plain_line() -> None:
    assert remarks.headline(ALERT) == f"CRITICAL escalation: {TITLE} (kyiv-sidebar, 14:01) {ITEM.url}"
    kyiv = timezone(timedelta(hours=2))
    assert "(kyiv-sidebar, 16:01)" in remarks.headline(ALERT, zone=kyiv)


def test_an_alert_without_an_item_says_its_sentence() -> None:
    assert remarks.headline(GONE) == "CRITICAL receiver.disabled: ops answered 410 and is told nothing more"
    assert remarks.headline(replace(GONE, sentence="")) == "CRITICAL receiver.disabled"


def test_a_time_of_another_day_has_its_date_and_a_bare_date_is_when_it_was_seen() -> None:
    yesterday = replace(
        ITEM, published=Published(earliest=AT, latest=AT - timedelta(days=1), origin="stated")
    )
    assert remarks.clock(replace(ALERT, item=yesterday)) == "2026-11-23 14:05"
    whole_day = Published(earliest=AT.replace(hour=0), latest=AT.replace(hour=23, minute=59), origin="stated")
    assert remarks.clock(replace(ALERT, item=replace(ITEM, published=whole_day))) == "14:05"


def test_an_item_without_a_title_is_told_by_its_summary_and_a_long_one_is_shortened() -> None:
    assert "Орешник" in remarks.headline(replace(ALERT, item=replace(ITEM, title="")))
    assert "(no title)" in remarks.headline(replace(ALERT, item=replace(ITEM, title="", summary="")))
    line = remarks.headline(replace(ALERT, item=replace(ITEM, title="long " * 9_999)))
    assert len(line) < 600
    assert line.endswith(f"… (kyiv-sidebar, 14:01) {ITEM.url}")


@given(st.text())
def test_nothing_a_stranger_writes_leaves_its_line_or_speaks_to_the_terminal(text: str) -> None:
    item = replace(ITEM, title=text, source=text, url=text)
    line = remarks.headline(replace(ALERT, item=item, rule=text))
    assert len(line.splitlines()) == 1
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in line} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    assert len(render.safe(text)) == len(text)
