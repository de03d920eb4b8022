"""The pages that are made from the code, and what makes them."""
