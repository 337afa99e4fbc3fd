"""What every route uses."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from monitor.api.office import Office


class Json(JSONResponse):
    """JSON as the commands print it: one line, in UTF-8."""

    def render(self, content: Any) -> bytes:
        """Encode."""
        return encoded(content).encode("utf-8", "replace") + b"\n"


def encoded(content: Any) -> str:
    """Return JSON on one line."""
    return json.dumps(content, ensure_ascii=False)


def office_of(request: Request) -> Office:
    """Return what a route has at hand."""
    office: Office = request.app.state.office
    return office
