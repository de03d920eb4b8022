"""The parts of the OCI registry. Nobody but `integrations.registries.oci` imports them."""
