"""What rings, and who is told: alerts and their deliveries, what is held and why, what rules wait for."""
