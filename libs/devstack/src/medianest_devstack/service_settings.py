"""The settings that only services understand: a name that is not here either is a mistake.

The services' packages are not imported for it; `tests/contract/test_settings.py` holds the list against them.
"""

_NAMES = """
    allowed_extractors allowed_hosts allow_private_addresses ambiguous_wait_seconds approval artwork_cache_bytes
    body_deadline child_memory_mb cors_origins database_pooled database_pool_size download_quota_bytes
    drain_seconds egress egress_slots environment ffmpeg ffprobe follows_per_user follow_gap_seconds
    head_deadline internal_host item_deadline_seconds layout lease_seconds listing_seconds max_file_bytes
    max_items max_sockets max_sockets_per_user media_hosts min_free_bytes movie_quota nats_ca otlp_endpoint
    per_user_slots plex_auth_url plex_client_id plex_link_url plex_media_dir plex_product plex_tv_url
    preview_seconds probe_deadline probe_interval public_status quota_days rate_api_per_minute
    rate_downloads_per_hour rate_limit_enabled rate_pin_polls_per_minute rate_requests_per_hour
    rate_sign_in_global_per_minute rate_sign_in_per_quarter reconcile_seconds redis_ca retry_seconds
    series_quota silence_seconds slots slow_after_ms sponsorblock_api tmdb_image_url trusted_proxies
    upstream_connections upstream_deadline web_dir worker_id work_dir
"""
FOR_SERVICES = frozenset(f"MEDIANEST_{name.upper()}" for name in _NAMES.split())
