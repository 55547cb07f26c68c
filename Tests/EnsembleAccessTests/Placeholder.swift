// EnsembleAccess
