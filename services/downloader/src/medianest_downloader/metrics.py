"""The downloader's instruments."""

from prometheus_client import Counter, Gauge, Histogram

backlog_items = Gauge("medianest_downloads_backlog_items", "Items that could run now and wait for a slot")
slots = Gauge("medianest_downloads_slots", "Slots that living workers offer", ["egress"])
in_flight_items = Gauge("medianest_downloads_in_flight_items", "Items handed out or running", ["egress"])
lane_paused = Gauge("medianest_downloads_lane_paused", "1 while a way out is paused", ["egress"])
handed_out_total = Counter("medianest_downloads_handed_out_total", "Items given to workers", ["egress"])
lost_total = Counter("medianest_downloads_lost_total", "Items taken back from workers that went away")
ready = Gauge("medianest_downloads_ready", "1 where what YouTube needs is there", ["check"])
items_total = Counter("medianest_downloads_items_total", "Items a worker has ended, by outcome", ["outcome"])
item_seconds = Histogram(
    "medianest_downloads_item_duration_seconds",
    "From claiming an item to its file in the library",
    buckets=(1, 3, 10, 30, 60, 180, 600, 1800, 3600, 14400),
)
