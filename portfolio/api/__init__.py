"""What is held, earned, realised and unknown, as JSON."""

from ninja import Router

from portfolio.api import checks, earned, positions

router = Router()
router.add_router("", positions.router)
router.add_router("", earned.router)
router.add_router("", checks.router)
