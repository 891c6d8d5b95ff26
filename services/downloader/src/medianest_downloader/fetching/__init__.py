"""yt-dlp in a process of its own: the child's side, confined and guarded, and its parent's."""
