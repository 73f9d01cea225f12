"""From runs to a leaderboard."""
