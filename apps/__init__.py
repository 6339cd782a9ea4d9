"""Pages that show trained models in a browser, one folder a task; `python -m apps` opens them all.

A page is a folder with a `PAGE`, which says what others ask of it; its name stands in `apps.catalogue.NAMES`.
Pages load Keras and the trained weights on first use, so that the page itself is served in seconds.
"""

import os

from apps.shared import proxies

# Read by Gradio when it is imported: no look-up of outside hosts.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# After every event Gradio sums up the last 10,000, for a page that is closed here; `apps.server.telemetry` counts.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
proxies.drop_unusable()  # with one of them Gradio cannot even be imported
