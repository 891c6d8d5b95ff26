"""The worker: takes orders, runs each as a yt-dlp child under a lease, puts finished files into the library."""
