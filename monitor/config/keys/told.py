"""The keys of who is told, and when: [route.NAME] and [notify.NAME]."""

from monitor.config.keys.section import Key, Section

ROUTE = Section(
    header="[route.NAME]",
    about="Who is told of what, where a rule has no `notify` of its own (delivery.md). Routes are asked in the order of the"
    " file; where none matches, every notifier and the terminal are told.",
    keys=(
        Key(
            name="matchers",
            like='["severity=critical", "tag=ukraine"]',
            about="What must all hold of an alert: `severity`, `rule`, `tag`, `source`, `publisher`, `type` or `story`, then `=`,"
            " `!=`, or `=~`, `!~` and a regular expression for the whole of it.",
            default="it takes every alert",
        ),
        Key(name="notify", like='["ops"]', about='Who is told: names of [notify.NAME], or "terminal".'),
        Key(
            name="continue",
            like="true",
            about="Ask the routes after this one too; those whom they name are told as well.",
            default="false",
        ),
    ),
)

INHIBIT = Section(
    header="[inhibit.NAME]",
    about="What is held because something louder rang (delivery.md): after an alert of `source_matchers`, those of `target_matchers`"
    " wait.",
    keys=(
        Key(
            name="source_matchers",
            like='["severity=critical"]',
            about="What must all hold of the alert that rang, as in a route.",
        ),
        Key(
            name="target_matchers",
            like='["severity=info"]',
            about="What must all hold of the alerts that are held then.",
        ),
        Key(
            name="equal",
            like='["story"]',
            about="Labels whose values both must have in common.",
            default="none: any two",
        ),
        Key(
            name="within",
            like='"1h"',
            about="So long after the one that rang; then what was held is told.",
            default='"1h"',
        ),
    ),
)

NOTIFY = Section(
    header="[notify.NAME]",
    about="Who is told. The type adds its own keys; the types are listed below. The terminal (standard output of"
    " `newsbell run`) is always there.",
    keys=(
        Key(
            name="type",
            like='"webhook"',
            about="How to tell.",
            default='told by the address, else "webhook"',
        ),
        Key(
            name="headers",
            like='{ x-desk = { env = "DESK_TOKEN" } }',
            about="Sent with each request, where the type tells by HTTP; each value is a secret.",
            default="none",
        ),
        Key(
            name="proxy",
            like='"socks5h://127.0.0.1:9050"',
            about="Tell through this proxy: http://, https://, socks5:// or socks5h://, where the type tells by HTTP. A secret.",
            default="straight",
        ),
        Key(
            name="title",
            like='"{{ severity }}: {{ rule }}"',
            about="A template of what is told first, where people read it: a subject, a heading (templates.md).",
            default="the severity and the rule",
        ),
        Key(
            name="body",
            like='"{{ title }}"',
            about="A template of the rest, a line each: the headline, the summary, the address (templates.md).",
            default="as in templates.md",
        ),
        Key(
            name="quiet",
            like='"23:00-06:30"',
            about="Quiet hours: what comes then is held, and told in one digest at their end (delivery.md).",
            default="none",
        ),
        Key(
            name="quiet_except",
            like='"critical"',
            about="What is so loud, or louder, is told in quiet hours too.",
            default="nothing",
        ),
        Key(
            name="digest",
            like='["08:00", "18:00"]',
            about='Tell in digests only: "hourly", at a time of the day, or at several.',
            default="each alert at once",
        ),
        Key(
            name="digest_except",
            like='"critical"',
            about="What is so loud, or louder, is told at once all the same.",
            default="nothing",
        ),
        Key(
            name="timezone",
            like='"Europe/Kyiv"',
            about="Of these times, and of those in messages; by its name in the tz database.",
            default="`timezone` at the top",
        ),
        Key(
            name="budget",
            like='{ alerts = 10, within = "1h" }',
            about="So many alerts at most; the rest is held and told in a digest when there is room. What is critical is told"
            " all the same.",
            default="none",
        ),
        Key(
            name="group_by",
            like='"story"',
            about='Tell alerts of one "story", "rule" or "source" together.',
            default="each by itself",
        ),
        Key(
            name="group_wait",
            like='"30s"',
            about="How long the first alert of a group waits for others.",
            default='"30s"',
        ),
        Key(
            name="group_interval",
            like='"5m"',
            about="Between two tellings of one group, at least.",
            default='"5m"',
        ),
    ),
)
