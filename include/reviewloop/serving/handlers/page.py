"""``GET /``: the page to try the endpoint with."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from reviewloop.pages.serving.asking import asking_page


def page_router() -> APIRouter:
    """The route. No key opens it: it holds nothing, and asks for the key itself where the endpoint wants one."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        html, policy = asking_page()
        headers = {
            "content-security-policy": f"{policy}; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        }
        return HTMLResponse(html, headers=headers)

    return router
