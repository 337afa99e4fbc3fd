"""The page for a wall: four files, and nothing from anywhere else."""

from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from monitor.api.answer import office_of


@cache
def _file(name: str) -> str:
    return (files("monitor.api") / "wall" / name).read_text("utf-8")


async def wall(request: Request) -> Response:
    """Show the wire."""
    zone = getattr(office_of(request).timezone, "key", "")
    page = _file("index.html").replace('data-timezone=""', f'data-timezone="{zone}"')
    return Response(page, media_type="text/html")


async def style(request: Request) -> Response:
    """Give its looks."""
    return Response(_file("wall.css"), media_type="text/css")


async def script(request: Request) -> Response:
    """Give its script."""
    return Response(_file("wall.js"), media_type="text/javascript")


async def icon(request: Request) -> Response:
    """Give its icon."""
    return Response(_file("icon.svg"), media_type="image/svg+xml")
