"""How it is decided: pure functions of values. `decide` is the heart; the rest are its parts."""
