"""Secret stores: a module per vendor, named in references: secret://<module with dashes>/<name>#<key>."""
