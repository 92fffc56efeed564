"""System checks for what a self-hoster gets wrong; filled below."""
