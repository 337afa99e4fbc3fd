"""The full screen: the only room that knows Textual, loaded where there is a terminal to draw on."""
