"""What can be counted of this service from outside."""

from prometheus_client import Counter, Gauge

sign_ins = Counter("medianest_auth_sign_ins_total", "Sign-ins that came to an end", ["form", "result"])
refreshes = Counter("medianest_auth_refreshes_total", "Refresh tokens shown to us", ["verdict"])
pin_polls = Counter("medianest_auth_pin_polls_total", "Questions to plex.tv about a PIN", ["result"])
open_pins = Gauge("medianest_auth_open_pins", "PINs polled by this process now")
session_cache_failures = Counter("medianest_auth_session_cache_failures_total", "Writes that Redis did not take")
access_ended = Counter("medianest_auth_access_ended_total", "Users whose access to the server has ended")
sweeps = Counter("medianest_auth_sweeps_total", "Daily looks at everybody's access", ["result"])
