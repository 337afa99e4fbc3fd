"""When a source publishes, learnt from its items, and when it is therefore worth a poll.

The way of it: `learning` (what one look teaches) keeps a `Tempo`; `forecast` reads items a second out of it;
`plan` finds when enough is expected to be unseen; `price` shares the budget out. All of it is pure; instants are
seconds since 1970, durations seconds.
"""
