// EnsembleModel
