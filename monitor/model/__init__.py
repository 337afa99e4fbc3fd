"""The values that flow through the house: no IO, no clock, no decisions. Read it first.

The files stand in the order in which the values flow, and each knows only those before it: `basics`, `asked`, `paced`,
`hubs`, `fetched`, `items`, `alerts`, `remembered`, `decided`, `told`.

One item's way: `Source` -> `Claim` -> `Response` -> [`Entry`] -> `Known` -> `PollOutcome`
-> `Alert` -> `Delivery` -> `Reply`. Instants are aware UTC datetimes and end in `_at`; durations
are float seconds unless a comment says otherwise.
"""

from typing import TYPE_CHECKING

from monitor import late

if TYPE_CHECKING:
    from monitor.model.alerts import Alert as Alert
    from monitor.model.alerts import AlertType as AlertType
    from monitor.model.alerts import Also as Also
    from monitor.model.alerts import Brief as Brief
    from monitor.model.alerts import Digest as Digest
    from monitor.model.alerts import Edit as Edit
    from monitor.model.alerts import Held as Held
    from monitor.model.alerts import Match as Match
    from monitor.model.alerts import Ring as Ring
    from monitor.model.alerts import Silence as Silence
    from monitor.model.alerts import Span as Span
    from monitor.model.asked import Access as Access
    from monitor.model.asked import Burst as Burst
    from monitor.model.asked import Escalation as Escalation
    from monitor.model.asked import Hearing as Hearing
    from monitor.model.asked import Inhibition as Inhibition
    from monitor.model.asked import OnEdit as OnEdit
    from monitor.model.asked import Proxy as Proxy
    from monitor.model.asked import Route as Route
    from monitor.model.asked import Rule as Rule
    from monitor.model.asked import Source as Source
    from monitor.model.asked import Threshold as Threshold
    from monitor.model.asked import Wording as Wording
    from monitor.model.basics import Clock as Clock
    from monitor.model.basics import Matcher as Matcher
    from monitor.model.basics import MatcherOp as MatcherOp
    from monitor.model.basics import Secret as Secret
    from monitor.model.basics import Severity as Severity
    from monitor.model.decided import Applied as Applied
    from monitor.model.decided import Baseline as Baseline
    from monitor.model.decided import Evidence as Evidence
    from monitor.model.decided import Fold as Fold
    from monitor.model.decided import Gap as Gap
    from monitor.model.decided import ItemChange as ItemChange
    from monitor.model.decided import PollOutcome as PollOutcome
    from monitor.model.fetched import DateOrigin as DateOrigin
    from monitor.model.fetched import Entry as Entry
    from monitor.model.fetched import Parsed as Parsed
    from monitor.model.fetched import Part as Part
    from monitor.model.fetched import Proposal as Proposal
    from monitor.model.fetched import RawDate as RawDate
    from monitor.model.fetched import Response as Response
    from monitor.model.fetched import Rest as Rest
    from monitor.model.fetched import Trouble as Trouble
    from monitor.model.fetched import Validators as Validators
    from monitor.model.hubs import Hub as Hub
    from monitor.model.hubs import Subscription as Subscription
    from monitor.model.items import Item as Item
    from monitor.model.items import Lag as Lag
    from monitor.model.items import Published as Published
    from monitor.model.paced import Advice as Advice
    from monitor.model.paced import Budget as Budget
    from monitor.model.paced import Hints as Hints
    from monitor.model.paced import NextPoll as NextPoll
    from monitor.model.paced import Rhythm as Rhythm
    from monitor.model.paced import Tempo as Tempo
    from monitor.model.remembered import Absence as Absence
    from monitor.model.remembered import Claim as Claim
    from monitor.model.remembered import Kin as Kin
    from monitor.model.remembered import Known as Known
    from monitor.model.remembered import Look as Look
    from monitor.model.remembered import Missing as Missing
    from monitor.model.remembered import Opening as Opening
    from monitor.model.remembered import Pace as Pace
    from monitor.model.remembered import Rang as Rang
    from monitor.model.remembered import Shape as Shape
    from monitor.model.remembered import Standing as Standing
    from monitor.model.told import INHIBITED as INHIBITED
    from monitor.model.told import JSON as JSON
    from monitor.model.told import Delivery as Delivery
    from monitor.model.told import DeliveryState as DeliveryState
    from monitor.model.told import Receiver as Receiver
    from monitor.model.told import Reply as Reply
    from monitor.model.told import SendResult as SendResult
    from monitor.model.told import TroubleOf as TroubleOf
else:
    __getattr__ = late.within(
        __name__,
        "basics",
        "items",
        "alerts",
        "told",
        "paced",
        "hubs",
        "asked",
        "fetched",
        "remembered",
        "decided",
    )
