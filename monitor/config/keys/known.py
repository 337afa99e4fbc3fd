"""Which keys there are and what each says; docs/configuration.md is made from this."""

from monitor.config.keys.section import Key, Section
from monitor.config.keys.told import INHIBIT, NOTIFY, ROUTE

TOP = Section(
    header="",
    about="Before the first table.",
    keys=(
        Key(
            name="timezone",
            like='"Europe/Kyiv"',
            about="Your time zone, by its name in the tz database.",
            default="the machine's",
        ),
        Key(
            name="include",
            like='["conf.d/*.toml"]',
            about="Further files, relative to this one, read as if they stood here. They include no others; a list under"
            " [feeds] may go on in another file, any other name stands in one file only.",
            default="none",
        ),
        Key(
            name="opml",
            like='["desk.opml"]',
            about="Lists of feeds, relative to the file that names them, read at every start: OPML, newsboat's `urls`, or"
            " addresses one a line. Sources are named as under [feeds], folders and categories are tags; see"
            " sources-lists.md.",
            default="none",
        ),
    ),
)

FEEDS = Section(
    header="[feeds]",
    about="One line a tag: `tag = [addresses]`. Each source is named after its host; where several addresses"
    " share one, words of their paths are added. An address under two tags is one source with both.",
    keys=(),
)

SOURCE = Section(
    header="[source.NAME]",
    about="A source that needs more than an address.",
    keys=(
        Key(
            name="url",
            like='"https://example.org/rss"',
            about="Where it is. A private or loopback host may be typed here.",
        ),
        Key(
            name="type",
            like='"feed"',
            about="How to read it; the types are listed below.",
            default='"auto"; "page" where there is `select`',
        ),
        Key(name="tags", like='["ukraine"]', about="What rules ask for with `tag:`.", default="none"),
        Key(
            name="publisher",
            like='"example.org"',
            about="Who publishes it.",
            default="the registrable domain",
        ),
        Key(
            name="every",
            like='"30s"',
            about="Pins the time between polls, down to 1s; `min` and `max` of [polling] do not apply.",
            default="its share of `every` of [polling]",
        ),
        Key(
            name="priority",
            like="4",
            about="What its items are worth beside those of other sources, from 0.01 to 100: at 4 it is polled twice as"
            " often as at 1.",
            default="1",
        ),
        Key(
            name="optimise_for",
            like='"alerts"',
            about='As under [polling], for this source alone: "items" counts each of its items as one that a rule asks for.',
            default="`optimise_for` of [polling]",
        ),
        Key(
            name="backlog",
            like="5",
            about='What of the first fetch may ring: "skip" (nothing), "all", or so many of the newest items.',
            default='"skip"',
        ),
        Key(name="private", like="true", about="Redirects may lead to private addresses.", default="false"),
        Key(
            name="timezone",
            like='"Europe/Kyiv"',
            about="Of its clock times without one, by its name in the tz database.",
            default="inferred from when items appear",
        ),
        Key(
            name="twin",
            like='"example.org"',
            about="The name of the same site's feed: an item of this page that stands there too is one item,"
            " with the feed's link and date, and one alert.",
            default="none",
        ),
        Key(
            name="websub",
            like="false",
            about='Whether the hub that it names is asked to push what is new (push.md): "auto", true or false. With true it'
            " may be a page too.",
            default='"auto": where [api] has a `callback`',
        ),
        Key(
            name="paused",
            like="true",
            about="Not polled; what is known of it stays, and it goes on where it stopped when this is taken out.",
            default="false",
        ),
        Key(
            name="robots",
            like="false",
            about="Whether robots.txt has a say: an address that it forbids to programs is then not asked, and its"
            " `Crawl-delay` is kept.",
            default="true for types that read pages (`page`, `live_blog`), else false",
        ),
        Key(
            name="headers",
            like='{ X-Api-Key = { env = "DESK_KEY" } }',
            about="Sent with each request to its own host, and to no other. Each value is a secret.",
            default="none",
        ),
        Key(
            name="auth",
            like='{ user = "desk", password = { env = "DESK_PASSWORD" } }',
            about="Basic authentication; or `{ bearer = … }`, a token. Secrets, sent like headers.",
            default="none",
        ),
        Key(
            name="cookies",
            like='{ session = { file = "session.txt" } }',
            about="Sent like headers; each value is a secret. None is ever taken from an answer.",
            default="none",
        ),
        Key(
            name="proxy",
            like='"socks5://127.0.0.1:9050"',
            about="The way to it: `http://`, `https://`, `socks5://` or `socks5h://`, with `user:password@` before the"
            " host where it is needed. A secret. The environment's proxies are never used.",
            default="none",
        ),
    ),
)

RULE = Section(
    header="[rule.NAME]",
    about="What should ring. `NAME = 'query'` under `[rule]` is a whole rule.",
    keys=(
        Key(
            name="query",
            like="'missile AND (strike* OR launch*)'",
            about="What must match; see query-language.md.",
        ),
        Key(
            name="severity", like='"critical"', about='"info", "warning" or "critical".', default='"warning"'
        ),
        Key(
            name="notify",
            like='["ops"]',
            about='Who is told: names of [notify.NAME]; "terminal" always exists.',
            default="every configured notifier and the terminal",
        ),
        Key(
            name="rings",
            like='["Missile launch reported"]',
            about="Texts that must match: tests, run by `newsbell check`.",
            default="none",
        ),
        Key(name="silent", like='["Book launch"]', about="Texts that must not match.", default="none"),
        Key(
            name="ring",
            like="false",
            about="`false`: the rule tells nobody; `check` and `try --since` say how often it would have.",
            default="true",
        ),
        Key(
            name="on_edit",
            like='"any"',
            about='Which edits of an item that rang ring again, with what changed: "never", "material" (its headline tells'
            ' something else: another number, name, denial, state), or "any" of its headline and text.',
            default='"material"',
        ),
        Key(
            name="cooldown",
            like='"30m"',
            about="After it rang for a story, its further items within that time join the alert that rang: listed, held,"
            " told to nobody. An edit of what was told rings all the same.",
            default="none",
        ),
        Key(
            name="threshold",
            like='{ publishers = 2, within = "15m" }',
            about="Ring once so many `publishers`, or `items`, matched within that time: one alert, which lists them all."
            " Until then each match is held and listed. Papers that credit one agency, or print one headline, are one"
            " publisher. After it rang the rule counts anew.",
            default="none",
        ),
        Key(
            name="burst",
            like='{ times = 5, within = "1h" }',
            about="Ring once so many `times` more matched within that time (a day at most) than usually does at that hour: one"
            " alert, which lists them all; what comes in the same time after it joins it. Fewer than `at_least` (5) are no burst,"
            " and more than 500 always are one. What is usual is the rule's own count, kept in the database, by the hour of the"
            " day; in the first two days it is not known, no burst is told, and the held matches say so. An item that was"
            " published longer before it was seen is not counted.",
            default="none",
        ),
        Key(
            name="retracted",
            like="true",
            about="Ring once more (`alert.retracted`) when an item that rang is taken back: gone from its source for 3 hours, while"
            " most that stood below it still stand. Told only of sources that were seen to let items go in their order"
            " (20 departures, 19 of 20 of the oldest), never by a failure, a gap, a part of a body or selectors that no longer fit.",
            default="false",
        ),
        Key(
            name="escalate",
            like='{ publishers = 3, severity = "critical" }',
            about="Ring with that severity once so many independent `publishers` (from 2 to 10) tell the story, or are among"
            " what a threshold waited for; a cooldown does not hold it, if it is louder than what rang.",
            default="none",
        ),
        Key(
            name="absent",
            like='"30m"',
            about="Ring where nothing matches for that long, once, and once more when something does; its matches ring"
            " nothing themselves. A source that cannot be read is no absence: it is named.",
            default="none",
        ),
    ),
)

ALIASES = Section(
    header="[aliases]",
    about='Ways in which a name is written: `kyiv = ["Kyiv", "Kiev"]`, a line each, which a rule calls as `alias:kyiv`. One of a name'
    " that is shipped (query-language.md) takes its place.",
    keys=(),
)

POLLING = Section(
    header="[polling]",
    about="How often sources are asked.",
    keys=(
        Key(
            name="every",
            like='"10m"',
            about="The time between two polls of a source, on average over all that have no `every` of their own; the polls"
            " are shared out where they buy freshness (rhythm.md).",
            default='"10m"',
        ),
        Key(
            name="min",
            like='"60s"',
            about="Never more often, unless a source's own `every` says so.",
            default='"60s"',
        ),
        Key(
            name="max",
            like='"6h"',
            about="Never more seldom, also while it fails, unless the publisher asks for it.",
            default='"6h"',
        ),
        Key(
            name="optimise_for",
            like='"alerts"',
            about='What is to be seen soon: "items", all alike, or "alerts": a source counts as much as rules match its items.',
            default='"items"',
        ),
    ),
)

FETCH = Section(
    header="[fetch]",
    about="How sources are asked.",
    keys=(
        Key(
            name="contact",
            like='"desk@example.org"',
            about="Goes into the User-Agent, so that a publisher can reach you.",
            default="none",
        ),
        Key(
            name="at_once",
            like="2",
            about="Requests to one publisher (a registrable domain) at the same time, at most.",
            default="2",
        ),
        Key(
            name="gap",
            like='"1s"',
            about="Between the starts of two requests to one publisher, at least. Machines of your own (`localhost`,"
            " private addresses) are spared it.",
            default='"1s"',
        ),
    ),
)

STORE = Section(
    header="[store]",
    about="What is remembered.",
    keys=(
        Key(name="keep", like='"90d"', about="How long the text of items is kept.", default='"90d"'),
        Key(
            name="backups",
            like="7",
            about="How many copies of the database are kept in `backups` of the state directory. The daemon makes one a day; the"
            " newest good one takes the place of a damaged database. 0 makes none.",
            default="3",
        ),
        Key(
            name="evidence",
            like="false",
            about="Whether the bytes by which a body told of an item (4 KiB at most) are kept with the SHA-256 of the body, at first"
            " sight and at each edit; `newsbell export evidence` prints them.",
            default="true",
        ),
        Key(
            name="url",
            like='"sqlite:///var/lib/newsbell/newsbell.db"',
            about="The database file, by its whole path. With `--state` it lies there, whatever this says.",
            default="`newsbell.db` in the state directory",
        ),
    ),
)

HEALTH = Section(
    header="[health]",
    about="Who hears how sources do: that one fails, answers again, has fallen silent, drifts, or had a gap.",
    keys=(
        Key(
            name="notify",
            like='["ops"]',
            about="Names of notifiers; an empty list tells nobody, and `alerts` shows it all the same.",
            default="every notifier but the terminal",
        ),
        Key(
            name="heartbeat",
            like='{ env = "HEARTBEAT_URL" }',
            about="An address that is asked for once a minute while all is well, of a service that calls for help when that"
            " stays away (healthchecks.io, Uptime Kuma and others). A secret.",
            default="none",
        ),
    ),
)

API = Section(
    header="[api]",
    about="Health, metrics, the local API and the page for a wall, over HTTP (api.md). Without this table nothing listens.",
    keys=(
        Key(
            name="listen",
            like='"127.0.0.1:9464"',
            about="A port of this machine, or a socket: `unix:/run/newsbell/api.sock`, for its owner and group.",
        ),
        Key(
            name="token",
            like='{ env = "NEWSBELL_TOKEN" }',
            about="What a request that changes something must carry. A secret of 16 characters or more.",
            default="none: nothing can be changed",
        ),
        Key(
            name="hosts",
            like='["wall.example.org"]',
            about="Names by which a proxy in front may ask; `localhost` and addresses of this machine always may.",
            default="none",
        ),
        Key(
            name="callback",
            like='"https://news.example.org/push/"',
            about="The address by which the internet reaches `/push/` of this listener (push.md): then the hubs that"
            " feeds name are asked to push what is new.",
            default="none: nobody is asked to",
        ),
    ),
)

TABLES = {
    "feeds": FEEDS,
    "source": SOURCE,
    "rule": RULE,
    "aliases": ALIASES,
    "route": ROUTE,
    "inhibit": INHIBIT,
    "notify": NOTIFY,
    "polling": POLLING,
    "fetch": FETCH,
    "store": STORE,
    "health": HEALTH,
    "api": API,
}
