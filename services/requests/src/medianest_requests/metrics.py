"""What this service counts."""

from prometheus_client import Counter

requests_made = Counter("medianest_requests_created_total", "Requests made", ["media_type", "origin"])
submissions = Counter("medianest_requests_submissions_total", "Tries to hand a request to Overseerr", ["outcome"])
kept_answers_served = Counter(
    "medianest_requests_kept_answers_total", "Answers served from what was kept, marked stale"
)
webhooks_received = Counter("medianest_requests_webhooks_total", "Webhooks of Overseerr", ["outcome"])
artwork_served = Counter("medianest_requests_artwork_total", "Pictures served", ["from_cache"])
