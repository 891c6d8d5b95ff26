"""What lies outside: the video sites (through yt-dlp children), Plex, the auth service."""
