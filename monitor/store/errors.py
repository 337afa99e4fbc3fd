"""What a store cannot do, and why."""


class StoreError(Exception):
    """The store cannot do it; the text is one sentence for the user."""


class Unanswered(StoreError):
    """Nobody answers at the socket of a daemon."""


class Damaged(StoreError):
    """What is stored contradicts itself: nothing that is read from it can be trusted, nothing more may be written."""
