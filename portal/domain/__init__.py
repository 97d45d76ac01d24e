"""What the product means; knows no protocol, takes a Context, never commits."""
