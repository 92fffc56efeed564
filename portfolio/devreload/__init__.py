"""Shows edits in the open page within moments. For development only: installed where DEBUG is on.

The server tells every open page what changed (``events``), and a script that the middleware adds to
each page fetches it again and applies the difference, so that typed text, focus and scroll position
stay. A Python error becomes an overlay (``errors``), also one that keeps Django from starting
(``stand_in``). The browser's half is in ``browser/`` and served by the views here, so that it is no
static file of an installation.
"""

import time

# Imported before anything that may be edited.
STARTED = time.time()
