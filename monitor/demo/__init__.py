"""The newsroom in a box: local feeds, a webhook's receiver, and the real daemon between them.

`script` says what is published and what must ring for it, `site` publishes it, `receiver` hears of it;
`director` plays it with the real daemon (`process`) and writes down what it sees (`record`); `tally` judges
that; `stage` shows it, drawn by `board` or told in `lines`.
"""


def show(seconds: float) -> int:
    """Play the newsroom on standard output for about `seconds`; return 0, 1 if a figure is wrong, 130."""
    from monitor.demo.curtain import rise  # with the command, not with `--help`

    return rise(seconds)
