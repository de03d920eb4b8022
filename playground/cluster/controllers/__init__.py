"""What acts by itself in a cluster: each controller watches objects and brings others in line with them."""
