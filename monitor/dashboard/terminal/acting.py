"""What the keys do with what has the cursor: open it, copy it, ack it, silence it, tell it again."""

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.plurals import spell
from monitor.core.telling import hush
from monitor.dashboard import quiet
from monitor.dashboard.hands import Changes
from monitor.dashboard.quiet import Offer
from monitor.dashboard.terminal.canvas import Canvas
from monitor.model import Alert
from monitor.store import StoreError

if TYPE_CHECKING:
    from monitor.dashboard.terminal.quiet import Choice


class Acting(Canvas):
    """A canvas whose rows can be acted upon, with the hands that there are."""

    @property
    def in_panel(self) -> bool:
        """Tell whether a key is about the panel, not about the wire."""
        return self.panel.entries.has_focus or not self.parts.shows_wire

    def target(self) -> tuple[str, str]:
        """Return id and address of the item that a key is about, "" where there is none."""
        panel = self.panel
        if self.in_panel:
            if panel.shows == "item":
                return panel.item, panel.url
            entry = panel.chosen
            return (entry.item, entry.url) if entry else ("", "")
        row = self.wire_list.chosen
        return (row.item.id, row.item.url) if row else ("", "")

    def target_alerts(self) -> list[Alert]:
        """Return the alerts that a key is about: the one under the cursor, else all of the item under it, newest first."""
        entry, item = self.panel.chosen, self.target()[0]
        if self.in_panel and self.panel.shows == "alerts" and entry:
            return [one for one in self.shown.alerts if one.id == entry.key]
        return [one for one in self.shown.alerts if item and one.item and one.item.id == item]

    def _target_source(self) -> str:
        """Return the name of the source that a key is about, "" where there is none."""
        entry, row = self.panel.chosen, self.wire_list.chosen
        if self.in_panel:
            return entry.key if self.panel.shows == "sources" and entry else ""
        return row.item.source if row else ""

    # -- its address -------------------------------------------------------------------------------

    def action_browse(self) -> None:
        """Open the address in a browser; where there is no desktop, copy it."""
        url = self.target()[1]
        if not url:
            self.say("it has no address")
        elif self.hands.surroundings.browse(url):
            self.say(f"opened {url}")
        else:
            self.copy_to_clipboard(url)
            self.say(f"no browser here; copied {url}")

    def action_copy(self) -> None:
        """Copy the address through the terminal."""
        url = self.target()[1]
        if url:
            self.copy_to_clipboard(url)
        self.say(f"copied {url}" if url else "it has no address")

    # -- who is told of it -------------------------------------------------------------------------

    async def action_replay(self) -> None:
        """Tell a delivery again."""
        entry, changes = self.panel.chosen, self.hands.changes
        if changes is None:
            return
        if self.panel.shows != "deliveries" or entry is None:
            self.say("r tells a delivery again: tab shows the deliveries")
            return
        try:
            count = await changes.replay([entry.key])
        except StoreError as error:
            self.say(str(error))
        else:
            self.say("it is due again" if count else "it is due already")

    async def action_ack(self) -> None:
        """Keep a story quiet until it tells something else, or end that."""
        changes, alerts, now = self.hands.changes, self.target_alerts(), self.clock.now()
        if changes is None:
            return
        if not alerts:
            self.say("nothing has rung for it: a acks what rang")
            return
        going = [one.id for one in quiet.over(alerts[0], self.view.silences, now) if one.alert]
        try:
            if going:
                await changes.end_silences(going)
            else:
                await changes.silence(hush.ack(alerts[0], now, None, nonce=self.hands.nonce()))
        except (StoreError, ValueError) as error:
            self.say(str(error))
        else:
            self.say(
                "its story rings again" if going else "acked: quiet until its story tells something else"
            )

    def action_silence(self) -> None:
        """Ask what is to be quiet, and for how long."""
        changes = self.hands.changes
        if changes is None:
            return
        offers = quiet.offers(self.target_alerts(), self._target_source(), self.view.silences)
        if not offers:
            self.say("nothing here that could be silenced, and nothing is silent")
            return

        from monitor.dashboard.terminal.quiet import Quiet  # no first screen waits for it

        async def take(choice: "Choice | None") -> None:
            if choice:
                await self._quieten(changes, *choice)

        self.push_screen(Quiet(offers, self.look()), take)

    async def _quieten(self, changes: Changes, offer: Offer, lasting: timedelta) -> None:
        now = self.clock.now()
        try:
            if offer.ends:
                ended = await changes.end_silences([offer.ends.id])
                self.say("it rings again" if ended else "it had ended already")
                return
            held = await changes.silence(
                hush.silence(offer.matchers, now, now + lasting, nonce=self.hands.nonce())
            )
        except StoreError as error:
            self.say(str(error))
        else:
            waited = f"; {held:,} that waited held" if held else ""
            self.say(f"silent for {spell(lasting.total_seconds())}{waited}")
