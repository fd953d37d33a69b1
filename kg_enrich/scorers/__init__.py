"""One protocol, `base.Scorer`, and a module for each scorer; only these load models."""
